/* A field with a list below it (ARIA combobox): search as you type, arrows, Enter, Escape. The server draws the entries. */

import { all, one, say, words } from "./dom.js";

const QUIET = 120; // ms after the last key

export class Picker {
  #url;
  #choose;
  #timer = 0;
  #underway = null;
  #shownFor = null; // the words that the list answers
  #takes = null; // the words whose first entry was asked for by Enter before the list had come

  /** `box` holds the field and its list; `choose(data, option)` is told what was taken. */
  constructor(box, choose) {
    this.input = one("input:not([type=hidden])", box);
    this.list = one("[role=listbox]", box);
    this.#url = box.dataset.options;
    this.#choose = choose;
    for (const [name, value] of Object.entries({
      role: "combobox",
      "aria-autocomplete": "list",
      "aria-expanded": "false",
      "aria-controls": this.list.id,
    })) {
      this.input.setAttribute(name, value);
    }
    this.input.addEventListener("input", () => {
      this.#takes = null;
      this.#search(QUIET);
    });
    this.input.addEventListener("click", () => this.isOpen || this.#search(0));
    this.input.addEventListener("keydown", (event) => this.#key(event));
    this.input.addEventListener("blur", () => this.close());
    // A press on the list must not take the focus from the field.
    this.list.addEventListener("pointerdown", (event) => event.preventDefault());
    this.list.addEventListener("mousedown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) this.#take(option);
    });
    // On a slow line somebody may have begun to type before this was here.
    if (document.activeElement === this.input && this.input.value !== this.input.defaultValue) this.#search(0);
  }

  get isOpen() {
    return !this.list.hidden;
  }

  get #options() {
    return all("[role=option]", this.list);
  }

  get #active() {
    return one("[aria-selected=true]", this.list);
  }

  close() {
    clearTimeout(this.#timer);
    this.#underway?.abort();
    this.#underway = this.#shownFor = this.#takes = null;
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }

  #search(wait) {
    clearTimeout(this.#timer);
    this.#underway?.abort();
    this.#underway = null;
    this.#timer = setTimeout(() => this.#fetch(), wait);
  }

  async #fetch() {
    const asked = (this.#underway = new AbortController());
    const query = this.input.value.trim();
    const address = `${this.#url}?${new URLSearchParams({ q: query })}`;
    try {
      const response = await fetch(address, { signal: asked.signal, redirect: "error" });
      if (!response.ok) throw new Error(String(response.status));
      const answer = await response.text();
      if (asked === this.#underway && document.activeElement === this.input) this.#show(answer, query);
    } catch {
      if (asked === this.#underway) this.close();
    }
  }

  #show(answer, query) {
    const parsed = new DOMParser().parseFromString(answer, "text/html");
    this.list.replaceChildren(...all("[role=option]", parsed));
    const options = this.#options;
    if (!options.length) {
      this.close();
      return;
    }
    this.#shownFor = query;
    if (query && this.#takes === query) {
      this.#take(options[0]);
      return;
    }
    for (const option of options) underline(one(".strong", option), query);
    const was = this.isOpen;
    this.list.hidden = false;
    this.list.scrollTop = 0;
    this.input.setAttribute("aria-expanded", "true");
    this.#mark(query ? options[0] : null);
    if (!was) this.#makeRoom();
    say(words("found", { count: options.length }));
  }

  /* On a phone the keyboard leaves half a window: the field goes up so that the list is seen. */
  #makeRoom() {
    const floor = Math.min(visualViewport?.height ?? innerHeight, innerHeight - (one(".bar")?.offsetHeight || 0));
    const bottom = this.list.getBoundingClientRect().bottom;
    if (bottom <= floor) return;
    const top = this.input.getBoundingClientRect().top;
    scrollBy({ top: Math.min(bottom - floor + 12, top - 72) });
  }

  #mark(option) {
    this.#active?.setAttribute("aria-selected", "false");
    if (!option) {
      this.input.removeAttribute("aria-activedescendant");
      return;
    }
    option.setAttribute("aria-selected", "true");
    option.scrollIntoView({ block: "nearest" });
    this.input.setAttribute("aria-activedescendant", option.id);
  }

  #key(event) {
    if (event.altKey || event.ctrlKey || event.metaKey || event.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      if (!this.isOpen) this.#search(0);
      else {
        const options = this.#options;
        const at = options.indexOf(this.#active);
        this.#mark(at < 0 ? options.at(step > 0 ? 0 : -1) : options[(at + step + options.length) % options.length]);
      }
    } else if (event.key === "Escape" && this.isOpen) {
      event.preventDefault();
      event.stopPropagation();
      this.close();
    } else if (event.key === "Enter") {
      // Never the form's first button. Who is faster than the list gets its first entry once it comes.
      event.preventDefault();
      const query = this.input.value.trim();
      if (this.isOpen && this.#active && this.#shownFor === query) this.#take(this.#active);
      else if (query) {
        this.#search(0);
        this.#takes = query;
      }
    } else if (event.key === "Tab") {
      this.close();
    }
  }

  #take(option) {
    this.close();
    this.#choose(option.dataset, option);
  }
}

/* The letters that were typed, where they stand in a name. */
function underline(element, query) {
  if (!element || !query) return;
  const text = element.textContent;
  const at = text.toLocaleLowerCase().indexOf(query.toLocaleLowerCase());
  if (at < 0) return;
  const found = document.createElement("mark");
  found.textContent = text.slice(at, at + query.length);
  element.replaceChildren(text.slice(0, at), found, text.slice(at + query.length));
}
