/* The quote editor: an editor of lines with sections and choices (QUO-2), addresses of the client, and kits. */

import { all, one, say, words } from "./editor/dom.js";
import { dragLines } from "./editor/drag.js";
import { field, fresh } from "./editor/lines.js";
import { edits } from "./editor/start.js";

const MOST_GROUPS = 20;

/* The addresses of the client who was just chosen. */
async function offerSites(place, client) {
  const list = one("#sites", place);
  list.replaceChildren();
  if (!client) return;
  try {
    const response = await fetch(`${place.dataset.sites}?${new URLSearchParams({ client })}`, { redirect: "error" });
    if (!response.ok) return;
    const parsed = new DOMParser().parseFromString(await response.text(), "text/html");
    if (one("#editor").elements.client.value === client) list.replaceChildren(...parsed.body.children);
  } catch {
    // Out of reach: the address can be typed.
  }
}

/* The choices: added, moved, duplicated, removed; each with a list of lines. */
class Groups {
  #list;
  #lines;
  #changed;

  constructor(list, lines, changed) {
    this.#list = list;
    this.#lines = lines;
    this.#changed = changed;
    dragLines(list, "[data-group]", (group) => this.#moved(group));
    list.addEventListener("click", (event) => this.#pressed(event));
    list.addEventListener("keydown", (event) => this.#key(event));
    list.addEventListener("input", (event) => this.#typed(event));
  }

  get all() {
    return all(":scope > [data-group]", this.#list);
  }

  /** "Optional line" and "Choice" below the lines; says whether it was one of them. */
  adds(kind) {
    if (kind === "optional") {
      const line = this.#lines.add({}, { list: one('[data-part="optional"]') });
      if (line) field(line, "description").focus();
    } else if (kind === "choice") {
      const group = this.#add();
      if (!group) return true;
      for (let number = 0; number < 2; number += 1) this.#lines.add({}, { list: listOf(group) });
      named(group).focus();
    } else return false;
    return true;
  }

  /** All choices anew, as the memory kept them; their lines come after. */
  replace(kept) {
    this.#list.replaceChildren();
    for (const values of kept.slice(0, MOST_GROUPS)) this.#add(values, values.key);
  }

  #add(values = {}, key = this.#freshKey(), after = null) {
    const is = this.all.length >= MOST_GROUPS;
    const problem = one("#groups-full");
    problem.hidden = !is;
    if (is) {
      say(problem.textContent.trim());
      return null;
    }
    const group = fresh(one("#new-group"), key);
    for (const name of ["id", "name", "hint", "rule", "least", "most"]) {
      if (values[name] !== undefined) part(group, name).value = values[name];
    }
    if (after) after.after(group);
    else this.#list.append(group);
    name(group);
    this.#changed();
    return group;
  }

  #freshKey() {
    const taken = new Set(all("[name=line], [name=group]").map((one) => one.value));
    let number = 1;
    while (taken.has(`m${number}`)) number += 1;
    return `m${number}`;
  }

  #pressed(event) {
    const button = event.target.closest("button[name=do]");
    const group = event.target.closest("[data-group]");
    if (!button || !group || button.closest("[data-line]")) return;
    event.preventDefault();
    const verb = button.value.split(":")[0];
    if (verb === "add-to") {
      const line = this.#lines.add({}, { list: listOf(group) });
      if (line) field(line, "description").focus();
    } else if (verb === "group-remove") this.#remove(group);
    else if (verb === "group-copy") this.#copy(group);
    else {
      this.#move(group, verb === "group-up" ? -1 : 1);
      one(".group-head summary", group).focus();
    }
  }

  #copy(group) {
    const values = Object.fromEntries(["name", "hint", "rule", "least", "most"].map((one) => [one, part(group, one).value]));
    const twin = this.#add(values, undefined, group);
    if (!twin) return;
    for (const line of all("[data-line]", group)) {
      this.#lines.duplicate(line);
      // The copy stands behind its line: it belongs to the copy of the choice.
      const copy = line.nextElementSibling;
      listOf(twin).append(copy);
      this.#lines.moved(copy);
    }
    named(twin).select();
    say(words("copied", { name: nameOf(group) }));
  }

  #remove(group) {
    const place = group.nextElementSibling;
    const was = nameOf(group);
    group.remove();
    one("#groups-full").hidden = true;
    (place ? named(place) : one("#add-item")).focus();
    say(words("removed", { name: was }));
    this.#lines.offerUndo(was, () => {
      this.#list.insertBefore(group, place?.isConnected ? place : null);
      named(group).focus();
      this.#changed();
    });
    this.#changed();
  }

  #move(group, step) {
    const other = step < 0 ? group.previousElementSibling : group.nextElementSibling;
    if (!other) return;
    if (step < 0) group.after(other);
    else group.before(other);
    this.#moved(group);
  }

  #moved(group) {
    group.scrollIntoView({ block: "nearest" });
    const at = this.all.indexOf(group) + 1;
    const section = one("#choices").textContent;
    say(words("moved", { name: nameOf(group), at, count: this.all.length, section }));
    this.#changed();
  }

  #key(event) {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    const head = event.target.closest(".group-head");
    if (!step || !head || !event.altKey || event.target.tagName === "SELECT") return;
    event.preventDefault();
    this.#move(head.closest("[data-group]"), step);
  }

  #typed(event) {
    const group = event.target.closest("[data-group]");
    if (event.target.name === `${group.dataset.key}-name`) name(group);
    // Where exactly one is chosen, suggesting one takes the suggestion from the others.
    if (event.target.name.endsWith("-suggested") && event.target.checked && part(group, "rule").value === "one") {
      for (const other of all("[name$='-suggested']", group)) other.checked = other === event.target;
    }
  }
}

const part = (group, name) => one(`[name="${group.dataset.key}-${name}"]`, group);
const named = (group) => part(group, "name");
const listOf = (group) => one("[data-lines]", group);
const nameOf = (group) => named(group).value.trim().slice(0, 40) || words("unnamed");

/* Its list, its dots and the group itself say which choice it is. */
function name(group) {
  const called = nameOf(group);
  group.setAttribute("aria-label", called);
  listOf(group).setAttribute("aria-label", called);
  one(".group-head summary", group).setAttribute("aria-label", words("more", { name: called }));
}

/* "Insert kit…" and "Save as kit…": what works as a part of the page without script is a dialog with it. */
document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-opens]");
  const dialog = one("#dialog");
  if (!button || !window.htmx) return;
  event.preventDefault();
  window.htmx.ajax("GET", button.dataset.opens, { target: dialog, swap: "innerHTML", source: dialog });
});
/* A button of the dialog that sends the editor's form has done its work there. */
document.addEventListener("submit", (event) => {
  if (event.target.id === "editor" && event.submitter?.closest("#dialog")) setTimeout(() => one("#dialog").close());
});
/* Enter in the name of a kit keeps the kit. */
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.target.id !== "kit_name") return;
  event.preventDefault();
  one("button[value=keep-kit]").click();
});
/* The form comes back with a panel about kits only when something is wrong with the name: it begins there. */
document.addEventListener("htmx:afterSettle", () => one(".kit-panel [aria-invalid=true]")?.focus());

edits((form, lines, changed) => {
  const groups = new Groups(one("#groups"), lines, changed);
  const sites = one("[data-sites]", form);
  one("#sites", sites).addEventListener("click", (event) => {
    const button = event.target.closest("button[data-text]");
    if (!button) return;
    event.preventDefault();
    form.elements.site.value = button.dataset.text;
    form.elements.site.dispatchEvent(new Event("input", { bubbles: true }));
    form.elements.site.focus();
  });
  return {
    add: (kind) => groups.adds(kind),
    chosen: (client) => offerSites(sites, client),
    keep: { group: (kept) => groups.replace(kept) },
  };
});
