/* Live figures (INV-3). The server adds up, by the same function as everywhere; inputs are never swapped. */

import { all, one, say, words } from "./dom.js";

const QUIET = 40; // ms after the last key
const SPOKEN = 1200; // a screen reader hears the total once the person rests

export class Totals {
  #form;
  #timer = 0;
  #speech = 0;
  #underway = null;

  constructor(form) {
    this.#form = form;
  }

  /** Ask once the person pauses. */
  later() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.now(), QUIET);
  }

  /** Ask at once. An answer that was overtaken by a newer question is never shown. */
  async now() {
    clearTimeout(this.#timer);
    this.#underway?.abort();
    const asked = (this.#underway = new AbortController());
    try {
      const response = await fetch(this.#form.dataset.preview, {
        method: "POST",
        // Without the files that were chosen: figures do not need them.
        body: new URLSearchParams([...new FormData(this.#form)].filter(([, value]) => typeof value === "string")),
        signal: asked.signal,
        redirect: "error",
      });
      if (!response.ok) throw new Error(String(response.status));
      const answer = await response.text();
      if (asked === this.#underway) this.#show(answer);
    } catch {
      if (asked === this.#underway) this.#stale(true);
    }
  }

  #show(answer) {
    const parsed = new DOMParser().parseFromString(answer, "text/html");
    for (const fresh of all("#totals, #bar-total, #phone-total, output[id]", parsed)) {
      const place = document.getElementById(fresh.id);
      if (place) patch(place, fresh);
    }
    this.#stale(false);
    clearTimeout(this.#speech);
    this.#speech = setTimeout(() => say(words("total", { sum: one("#bar-total").textContent })), SPOKEN);
  }

  #stale(is) {
    const note = one("#totals-stale");
    if (note.hidden === !is) return;
    note.hidden = !is;
    one("#totals").classList.toggle("stale", is);
  }
}

/* Figures change, rows seldom do: then only the letters are changed, since a new node makes the browser
   look at the style of the whole page again (a tenth of a second with a hundred lines). */
function patch(place, fresh) {
  if (place.isEqualNode(fresh)) return;
  for (const { name, value } of fresh.attributes) {
    if (place.getAttribute(name) !== value) place.setAttribute(name, value);
  }
  const [was, is] = [place, fresh].map((element) => [...element.childNodes]);
  const alike = was.length === is.length && was.every((node, at) => node.nodeName === is[at].nodeName);
  if (!alike) {
    place.replaceChildren(...is);
    return;
  }
  for (const [at, node] of was.entries()) {
    if (node.nodeType !== Node.TEXT_NODE) patch(node, is[at]);
    else if (node.data !== is[at].data) node.data = is[at].data;
  }
}
