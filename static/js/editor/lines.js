/* The lines: added from a template without a round trip, moved, duplicated, removed. Their order is the page's.
   They stand in one list, or in several, of which each tells its lines what they are part of (`data-part`). */

import { all, one, say, words } from "./dom.js";
import { takes } from "./drag.js";

export const MOST = 200;
const FIELDS = [
  ...["product", "description", "details", "quantity", "unit", "unit_price", "discount", "vat_rate"],
  ...["label", "suggested", "least", "most"],
];

export class Lines {
  #root;
  #changed;

  constructor(root, changed) {
    this.#root = root;
    this.#changed = changed;
    root.addEventListener("click", (event) => this.#pressed(event));
    root.addEventListener("keydown", (event) => this.#key(event));
    root.addEventListener("input", (event) => this.#named(event));
  }

  get all() {
    return all("[data-line]", this.#root);
  }

  get #lists() {
    return this.#root.matches("[data-lines]") ? [this.#root] : all("[data-lines]", this.#root);
  }

  /** One more line, at the end of a list or after another. Null when the document is full. */
  add(values = {}, { kind = "item", after = null, list = this.#lists[0] } = {}) {
    if (this.all.length >= MOST) {
      this.#full(true);
      return null;
    }
    const line = this.#make(values, kind, this.#freshKey());
    if (after) after.after(line);
    else list.append(line);
    belong(line);
    this.#changed();
    return line;
  }

  /** The last line of the first list, if nothing has been typed in it yet. */
  get blank() {
    const last = all(":scope > [data-line]", this.#lists[0]).at(-1);
    if (!last || field(last, "kind")?.value !== "item") return null;
    return ["description", "details", "unit_price"].some((name) => field(last, name).value.trim()) ? null : last;
  }

  /** Write values into a line that stands. */
  fill(line, values) {
    for (const name of FIELDS) {
      const control = field(line, name);
      if (!control || values[name] === undefined) continue;
      control.value = values[name];
      // A rate that is no longer on offer leaves the one that was chosen.
      if (control.tagName === "SELECT" && control.selectedIndex < 0) {
        control.selectedIndex = control.querySelector("[selected]")?.index ?? 0;
      }
    }
    name(line);
    this.#changed();
  }

  /** All lines anew, as the memory kept them: [{key, kind, …}]. */
  replace(kept) {
    const lists = this.#lists;
    for (const list of lists) list.replaceChildren();
    for (const values of kept.slice(0, MOST)) {
      const line = this.#make(values, values.kind, values.key);
      const list = lists.find((one) => one.dataset.part === values.part) ?? lists[0];
      list.append(line);
      belong(line);
      if (values.id) field(line, "id").value = values.id;
    }
    this.#full(false);
    this.#changed();
  }

  remove(line) {
    const next = line.nextElementSibling ?? line.previousElementSibling;
    const place = line.nextElementSibling;
    const list = line.parentElement;
    const was = nameOf(line);
    line.remove();
    this.#full(false);
    (next ? field(next, "description") : one("#add-item"))?.focus();
    say(words("removed", { name: was }));
    this.offerUndo(was, () => {
      (list.isConnected ? list : this.#lists[0]).insertBefore(line, place?.parentElement === list ? place : null);
      belong(line);
      field(line, "description").focus();
      this.#changed();
    });
    this.#changed();
  }

  duplicate(line) {
    const values = Object.fromEntries(FIELDS.map((name) => [name, valueOf(field(line, name))]));
    const copy = this.add(values, { kind: field(line, "kind").value, after: line });
    if (!copy) return;
    field(copy, "description").focus();
    say(words("copied", { name: nameOf(line) }));
  }

  /** One place up (-1) or down (1); from the end of a list into the next one. */
  move(line, step) {
    const other = step < 0 ? line.previousElementSibling : line.nextElementSibling;
    if (!other) {
      this.#cross(line, step);
      return;
    }
    // The neighbour jumps: what is not taken out of the page keeps its focus.
    if (step < 0) line.after(other);
    else line.before(other);
    this.moved(line);
  }

  #cross(line, step) {
    const lists = this.#lists.filter((one) => one === line.parentElement || takes(one, line));
    const list = lists[lists.indexOf(line.parentElement) + step];
    if (!list) return;
    // Taken out of the page it loses the focus.
    const at = document.activeElement;
    if (step < 0) list.append(line);
    else list.prepend(line);
    if (line.contains(at)) at.focus();
    this.moved(line);
  }

  /** After a move: the line belongs where it stands now; tell where that is. */
  moved(line) {
    belong(line);
    line.scrollIntoView({ block: "nearest" });
    const list = line.parentElement;
    const all = [...list.children];
    const values = { name: nameOf(line), at: all.indexOf(line) + 1, count: all.length };
    say(words("moved", { ...values, section: list.getAttribute("aria-label") }));
    this.#changed();
  }

  #pressed(event) {
    const button = event.target.closest("[data-line] button[name=do]");
    if (!button) return;
    event.preventDefault();
    const line = button.closest("[data-line]");
    const summary = one("summary", line);
    const verb = button.value.split(":")[0];
    if (verb === "remove") this.remove(line);
    else if (verb === "copy") this.duplicate(line);
    else {
      this.move(line, verb === "up" ? -1 : 1);
      summary.focus();
    }
  }

  #key(event) {
    const line = event.target.closest("[data-line]");
    if (!line) return;
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    // In a list of choices Alt with an arrow opens it, as everywhere.
    if (step && event.altKey && event.target.tagName !== "SELECT") {
      event.preventDefault();
      this.move(line, step);
    }
    if (event.key === "Enter" && event.target.matches(".name")) {
      event.preventDefault();
      field(line, "quantity").select();
    }
  }

  #named(event) {
    if (event.target.name?.endsWith("-description")) name(event.target.closest("[data-line]"));
  }

  #make(values, kind, key) {
    const template = one(`[data-line-template="${kind}"]`) ?? one("[data-line-template=item]");
    const line = fresh(template, key);
    for (const name of FIELDS) {
      const control = field(line, name);
      if (control?.type === "checkbox") control.checked = Boolean(values[name]);
      else if (control && values[name] !== undefined) control.value = values[name];
    }
    name(line);
    return line;
  }

  #freshKey() {
    const taken = new Set(this.all.map((line) => keyOf(line)));
    let number = 1;
    while (taken.has(`n${number}`)) number += 1;
    return `n${number}`;
  }

  #full(is) {
    const problem = one("#lines-full");
    problem.hidden = !is;
    if (is) say(problem.textContent.trim());
  }

  /** A toast that takes the removal back. */
  offerUndo(was, undo) {
    const toasts = one("#toasts");
    one("[data-removed]", toasts)?.remove();
    const toast = one("#removed-toast").content.firstElementChild.cloneNode(true);
    one("span", toast).textContent = words("removed", { name: was });
    one("[data-undo]", toast).addEventListener("click", () => {
      toast.remove();
      undo();
    });
    toasts.append(toast);
    const leave = () => (toast.matches(":hover, :focus-within") ? setTimeout(leave, 1500) : toast.remove());
    setTimeout(leave, 10000);
  }
}

export const keyOf = (line) => one("[name=line]", line).value;
export const field = (line, name) => one(`[name="${keyOf(line)}-${name}"]`, line);
export const nameOf = (line) => field(line, "description").value.trim().slice(0, 40) || words("unnamed");

/** A template's content with a key of its own. */
export function fresh(template, key) {
  const made = template.content.firstElementChild.cloneNode(true);
  for (const element of [made, ...all("*", made)]) {
    for (const { name, value } of [...element.attributes]) {
      if (/\bKEY\b/.test(value)) element.setAttribute(name, value.replace(/\bKEY\b/g, key));
    }
  }
  return made;
}

const valueOf = (control) => (control?.type === "checkbox" ? control.checked : control?.value);

/* A line of a list with a part is part of that. */
function belong(line) {
  const part = field(line, "part");
  if (part) part.value = line.parentElement.dataset.part;
}

/* The dots of a line say whose they are. */
function name(line) {
  one("summary", line)?.setAttribute("aria-label", words("more", { name: nameOf(line) }));
}
