/* Who the document is for: chosen from the list or added on the spot; on an invoice their terms move the due
   date (INV-1, INV-2). */

import { one } from "./dom.js";
import { Picker } from "./pickers.js";

export class ClientField {
  #form;
  #hint;
  #changed;
  #name = "";
  #addedAs = "";
  #touched;
  #chosen;

  /** `chosen(id)` is told of another client, or of none. */
  constructor(form, changed, chosen = () => {}) {
    this.#form = form;
    this.#changed = changed;
    this.#chosen = chosen;
    this.#hint = one("#client-hint");
    const { client_name: name, issue_on: issue, due_on: due } = form.elements;
    this.#name = form.elements.client.value ? name.value : "";
    this.#touched = due && due.value !== this.#dueBy();
    new Picker(one("[data-picker=client]", form), (data) => (data.new ? this.#add(data.new) : this.#choose(data)));
    name.addEventListener("input", () => this.#typed());
    due?.addEventListener("input", () => {
      this.#touched = true;
    });
    issue?.addEventListener("change", () => this.#moveDue());
  }

  /** What the memory keeps of it beyond the fields. */
  get kept() {
    return { name: this.#name, addedAs: this.#addedAs, hint: { ...this.#hint.dataset } };
  }

  /** As the memory had it; the fields are already as they were. */
  restore({ name, addedAs, hint }) {
    this.#name = name;
    this.#addedAs = addedAs;
    this.#tell(hint.text, hint.url, hint.days);
    one(".new-client", this.#form).open = Boolean(this.#form.elements.new_client_name.value);
    const due = this.#form.elements.due_on;
    this.#touched = due && due.value !== this.#dueBy();
    this.#chosen(this.#form.elements.client.value);
  }

  #choose({ id, name, days, hint, url }) {
    const fields = this.#form.elements;
    fields.client.value = id;
    fields.client_name.value = this.#name = name;
    this.#notNew();
    this.#tell(hint, url, days);
    this.#forgive();
    this.#moveDue();
    this.#chosen(id);
    this.#changed();
  }

  #add(name) {
    const fields = this.#form.elements;
    fields.client.value = "";
    fields.client_name.value = fields.new_client_name.value = this.#addedAs = name;
    this.#name = "";
    one(".new-client", this.#form).open = true;
    this.#tell("", "", this.#hint.dataset.usual);
    this.#forgive();
    this.#moveDue();
    this.#chosen("");
    this.#changed();
    fields.new_client_email.focus();
  }

  /* A name that is typed over is no longer the chosen one. */
  #typed() {
    const fields = this.#form.elements;
    if (this.#name && fields.client_name.value !== this.#name) {
      this.#name = fields.client.value = "";
      this.#tell("", "", this.#hint.dataset.usual);
      this.#chosen("");
    }
    if (this.#addedAs && fields.client_name.value !== this.#addedAs) this.#notNew();
  }

  #notNew() {
    const fields = this.#form.elements;
    if (this.#addedAs && fields.new_client_name.value === this.#addedAs) fields.new_client_name.value = "";
    if (!fields.new_client_name.value || this.#name) {
      fields.new_client_name.value = fields.new_client_email.value = "";
      one(".new-client", this.#form).open = false;
    }
    this.#addedAs = "";
  }

  #tell(text = "", url = "", days = "") {
    Object.assign(this.#hint.dataset, { text, url, days });
    this.#hint.replaceChildren(text);
    if (!url) return;
    const link = document.createElement("a");
    link.href = url;
    link.textContent = this.#hint.dataset.open;
    this.#hint.append(" · ", link);
  }

  /* What was wrong is put right. */
  #forgive() {
    const name = this.#form.elements.client_name;
    name.classList.remove("is-invalid");
    name.removeAttribute("aria-invalid");
    name.removeAttribute("aria-describedby");
    one("#client-problem")?.remove();
    one("[data-picker=client] .radio-rows")?.remove();
  }

  #dueBy() {
    const issued = Date.parse(`${this.#form.elements.issue_on.value}T00:00Z`);
    const days = Number(this.#hint.dataset.days);
    return Number.isNaN(issued) ? "" : new Date(issued + days * 86400000).toISOString().slice(0, 10);
  }

  #moveDue() {
    if (!this.#form.elements.due_on) return;
    const due = this.#dueBy();
    if (!this.#touched && due) this.#form.elements.due_on.value = due;
  }
}
