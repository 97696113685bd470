/* The lines: added from a template without a round trip, moved, duplicated, removed. Their order is the page's. */

import { all, one, say, words } from "./dom.js";

export const MOST = 200;
const FIELDS = ["product", "description", "details", "quantity", "unit", "unit_price", "discount", "vat_rate"];

export class Lines {
  #list;
  #changed;

  constructor(list, changed) {
    this.#list = list;
    this.#changed = changed;
    list.addEventListener("click", (event) => this.#pressed(event));
    list.addEventListener("keydown", (event) => this.#key(event));
    list.addEventListener("input", (event) => this.#named(event));
  }

  get all() {
    return all(":scope > [data-line]", this.#list);
  }

  /** One more line, at the end or after another. Null when the document is full. */
  add(values = {}, { kind = "item", after = null } = {}) {
    if (this.all.length >= MOST) {
      this.#full(true);
      return null;
    }
    const line = this.#make(values, kind, this.#freshKey());
    if (after) after.after(line);
    else this.#list.append(line);
    this.#changed();
    return line;
  }

  /** The last line, if nothing has been typed in it yet. */
  get blank() {
    const last = this.all.at(-1);
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
    this.#list.replaceChildren(...kept.slice(0, MOST).map((one) => this.#make(one, one.kind, one.key)));
    this.#full(false);
    this.#changed();
  }

  remove(line) {
    const next = line.nextElementSibling ?? line.previousElementSibling;
    const place = line.nextElementSibling;
    const was = nameOf(line);
    line.remove();
    this.#full(false);
    (next ? field(next, "description") : one("#add-item"))?.focus();
    say(words("removed", { name: was }));
    this.#offerUndo(was, () => {
      this.#list.insertBefore(line, place?.isConnected ? place : null);
      field(line, "description").focus();
      this.#changed();
    });
    this.#changed();
  }

  duplicate(line) {
    const values = Object.fromEntries(FIELDS.map((name) => [name, field(line, name)?.value]));
    const copy = this.add(values, { kind: field(line, "kind").value, after: line });
    if (!copy) return;
    field(copy, "description").focus();
    say(words("copied", { name: nameOf(line) }));
  }

  /** One place up (-1) or down (1). */
  move(line, step) {
    const other = step < 0 ? line.previousElementSibling : line.nextElementSibling;
    if (!other) return;
    // The neighbour jumps: what is not taken out of the page keeps its focus.
    if (step < 0) line.after(other);
    else line.before(other);
    this.moved(line);
  }

  /** After a move: tell where it went. */
  moved(line) {
    line.scrollIntoView({ block: "nearest" });
    const at = this.all.indexOf(line) + 1;
    say(words("moved", { name: nameOf(line), at, count: this.all.length }));
    this.#changed();
  }

  #pressed(event) {
    const button = event.target.closest("button[name=do]");
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
    const line = template.content.firstElementChild.cloneNode(true);
    for (const element of all("*", line)) {
      for (const { name, value } of [...element.attributes]) {
        if (/\bKEY\b/.test(value)) element.setAttribute(name, value.replace(/\bKEY\b/, key));
      }
    }
    for (const name of FIELDS) {
      const control = field(line, name);
      if (control && values[name] !== undefined) control.value = values[name];
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

  #offerUndo(was, undo) {
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

/* The dots of a line say whose they are. */
function name(line) {
  one("summary", line)?.setAttribute("aria-label", words("more", { name: nameOf(line) }));
}
