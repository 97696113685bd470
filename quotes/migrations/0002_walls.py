from django.db import migrations

from teams.walls import TeamWalls

# QUO-7, QUO-10: from Sent on nothing of what was offered changes; the state moves one way only, and
# Accepted needs its Acceptance. What still moves are marks: seen, answered, replaced.
FREEZE = """
create function cma_quote_frozen() returns trigger language plpgsql as $$
declare
    marks text[] := array['state', 'updated_at', 'search_text', 'first_viewed_at', 'last_viewed_at',
                          'accepted_at', 'agreed_total', 'declined_at', 'declined_by', 'decline_reason',
                          'withdrawn_at', 'superseded_at', 'follow_ups_paused'];
    seen text[] := array['updated_at', 'search_text', 'first_viewed_at', 'last_viewed_at'];
begin
    if tg_op = 'DELETE' then
        if old.state <> 'draft' then
            raise exception 'quote % was sent and cannot be deleted', old.id
                using errcode = 'restrict_violation';
        end if;
        return old;
    end if;
    if new.state = 'accepted' and old.state <> 'accepted' and not exists
       (select 1 from quotes_acceptance a where a.quote_id = new.id and a.team_id = new.team_id
                                            and a.total = new.agreed_total) then
        raise exception 'quote % was not signed', old.id using errcode = 'restrict_violation';
    end if;
    if old.state = 'draft' and new.state in ('draft', 'sent') then
        return new;
    end if;
    if not (new.state = old.state
            or (old.state = 'sent' and new.state in ('accepted', 'declined', 'withdrawn', 'superseded'))
            or (old.state in ('declined', 'withdrawn') and new.state = 'superseded'))
       or to_jsonb(new) - marks <> to_jsonb(old) - marks
       or (old.state = 'accepted' and to_jsonb(new) - seen <> to_jsonb(old) - seen) then
        raise exception 'quote % cannot be changed like this (% to %)', old.id, old.state, new.state
            using errcode = 'restrict_violation';
    end if;
    return new;
end $$;
create trigger frozen before update or delete on quotes_quote
    for each row execute function cma_quote_frozen();

create function cma_quote_part_frozen() returns trigger language plpgsql as $$
declare
    wanted bigint := case when tg_op = 'DELETE' then old.quote_id else new.quote_id end;
begin
    if exists (select 1 from quotes_quote where id = wanted and state <> 'draft')
       or (tg_op = 'UPDATE' and new.quote_id <> old.quote_id) then
        raise exception 'what quote % offers cannot be changed any more', wanted
            using errcode = 'restrict_violation';
    end if;
    return case when tg_op = 'DELETE' then old else new end;
end $$;
create trigger frozen before insert or update or delete on quotes_line
    for each row execute function cma_quote_part_frozen();
create trigger frozen before insert or update or delete on quotes_group
    for each row execute function cma_quote_part_frozen();
create trigger frozen before insert or update or delete on quotes_attachment
    for each row execute function cma_quote_part_frozen();

-- Ticks move while the quote can be answered; what was asked and said is signed with it (QUO-5).
create function cma_quote_answer_open() returns trigger language plpgsql as $$
begin
    if not exists (select 1 from quotes_quote where id = new.quote_id and state = 'sent') then
        raise exception 'quote % is not open to answers', new.quote_id using errcode = 'restrict_violation';
    end if;
    return new;
end $$;
create trigger open_only before insert or update on quotes_selection
    for each row execute function cma_quote_answer_open();
create trigger open_only before insert on quotes_comment
    for each row execute function cma_quote_answer_open();
create trigger open_only before insert on quotes_acceptance
    for each row execute function cma_quote_answer_open();

create trigger append_only before update or delete on quotes_comment
    for each row execute function cma_append_only();
create trigger append_only before update or delete on quotes_acceptance
    for each row execute function cma_append_only();
create trigger append_only before update or delete on quotes_rendering
    for each row execute function cma_append_only();
create trigger append_only before update or delete on quotes_attachedfile
    for each row execute function cma_append_only();
"""
# A client sees the bytes of what is attached to a quote that they see.
ATTACHED = (
    "exists (select 1 from quotes_attachment seen where seen.team_id = quotes_attachedfile.team_id"
    " and seen.file_id = quotes_attachedfile.id)"
)


class Migration(migrations.Migration):
    dependencies = [
        ("quotes", "0001_initial"),
        ("invoices", "0006_quote_numbers"),
        ("catalogue", "0002_walls"),
        ("clients", "0002_walls"),
        ("teams", "0002_walls"),
    ]

    operations = [
        TeamWalls("Quote", client="own", visible="state <> 'draft'"),
        # Before those that point at them.
        TeamWalls("QuoteLink", client="own"),
        TeamWalls("AttachedFile", client=ATTACHED),
        *[
            TeamWalls(part, client="quote_id>quotes_quote")
            for part in (
                "Group", "Line", "Selection", "Comment", "Acceptance", "Attachment", "Rendering", "QuoteInvoice",
            )
        ],
        TeamWalls("QuoteSettings"),
        TeamWalls("Kit"),
        TeamWalls("FollowUp"),
        migrations.RunSQL(FREEZE, migrations.RunSQL.noop),
    ]  # fmt: skip
