/* A half-filled form is kept in this browser, per person, team and document, and offered again (INV-4). */

import { one } from "./dom.js";

const WAIT = 400;
// What the server gave the page, and what only makes sense in the page it gave it to.
const NOT_TYPED = /^(csrfmiddlewaretoken|suggested|version|form_key|client_choice|add|kit_name|files?|file-.*)$/;

export class Memory {
  #form;
  #extra;
  #restore;
  #records;
  #name;
  #before;
  #timer = 0;

  /** `extra()` is kept beside the fields; `restore(kept)` puts everything back. `records` names the keys of
      what there is more than one of: `line` is sent once a line, its fields as `<key>-<field>`. */
  constructor(form, { records, extra, restore }) {
    this.#form = form;
    this.#records = records;
    this.#extra = extra;
    this.#restore = restore;
    this.#name = `cma:kept:${form.dataset.keep}`;
    this.#before = this.#typed();
    const kept = this.#read();
    // A refused form is drawn as it was typed: there is nothing to offer, and it is not saved yet.
    if (form.dataset.refused !== undefined) {
      this.#before = "";
      return;
    }
    if (!kept) return;
    const newer = kept.version !== form.elements.version.value;
    if (newer || JSON.stringify(kept.fields) === this.#before) this.forget();
    else this.#offer(kept);
  }

  later() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.save(), WAIT);
  }

  /** Keep what differs from what the server has. */
  save() {
    clearTimeout(this.#timer);
    const typed = this.#typed();
    if (typed === this.#before || this.#form.dataset.saved !== undefined) return;
    const { version, form_key, suggested } = this.#form.elements;
    const kept = {
      at: Date.now(),
      version: version.value,
      formKey: form_key?.value ?? "",
      suggested: suggested.value,
      fields: JSON.parse(typed),
      extra: this.#extra(),
    };
    this.#before = "";
    try {
      localStorage.setItem(this.#name, JSON.stringify(kept));
    } catch {
      // A private window or a full disk: then it is not kept.
    }
  }

  forget() {
    clearTimeout(this.#timer);
    try {
      localStorage.removeItem(this.#name);
    } catch {
      // As above.
    }
  }

  #read() {
    try {
      return JSON.parse(localStorage.getItem(this.#name));
    } catch {
      return null;
    }
  }

  #typed() {
    const fields = [...new FormData(this.#form)].filter(([name]) => !NOT_TYPED.test(name));
    return JSON.stringify(fields);
  }

  #offer(kept) {
    const note = one("#kept");
    const time = one("time", note);
    const at = new Date(kept.at);
    time.dateTime = at.toISOString();
    time.textContent = new Intl.DateTimeFormat(document.documentElement.lang, {
      weekday: "long",
      day: "numeric",
      month: "short",
      hour: "2-digit",
      minute: "2-digit",
    }).format(at);
    note.hidden = false;
    const done = () => {
      note.hidden = true;
      one("h1").tabIndex = -1;
      one("h1").focus();
    };
    one("[data-restore]", note).addEventListener("click", () => {
      this.#put(kept);
      done();
    });
    one("[data-forget]", note).addEventListener("click", () => {
      this.forget();
      done();
    });
  }

  #put(kept) {
    const fields = this.#form.elements;
    const values = new Map(kept.fields);
    const keys = kept.fields.filter(([name]) => this.#records.includes(name)).map(([, key]) => key);
    const ofRecord = new RegExp(`^(${keys.join("|") || "-"})-`);
    for (const [name, value] of values) {
      if (this.#records.includes(name) || ofRecord.test(name)) continue;
      // A number that was only suggested may be gone by now: the one suggested today stands.
      if (name === "reference" && value === kept.suggested) continue;
      if (fields[name] instanceof HTMLElement) fields[name].value = value;
    }
    if (kept.formKey && fields.form_key) fields.form_key.value = kept.formKey;
    const stored = Object.fromEntries(
      this.#records.map((record) => [
        record,
        kept.fields.filter(([name]) => name === record).map(([, key]) => recordOf(kept.fields, key)),
      ]),
    );
    this.#restore(stored, kept.extra);
  }
}

function recordOf(fields, key) {
  const own = fields.filter(([name]) => name.startsWith(`${key}-`));
  return { key, ...Object.fromEntries(own.map(([name, value]) => [name.slice(key.length + 1), value])) };
}
