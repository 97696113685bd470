/* The invoice editor: figures while typing, lines without a round trip, pickers, memory.
   The form works without any of it; every button of a line is a submit button then. */

import { ClientField } from "./invoice-editor/client.js";
import { one, say, words } from "./invoice-editor/dom.js";
import { dragLines } from "./invoice-editor/drag.js";
import { Lines, field } from "./invoice-editor/lines.js";
import { Memory } from "./invoice-editor/memory.js";
import { Picker } from "./invoice-editor/pickers.js";
import { Totals } from "./invoice-editor/totals.js";

let memory = null;

function start() {
  const form = one("#editor");
  if (!form || form.dataset.started !== undefined) return;
  form.dataset.started = "";
  const totals = new Totals(form);
  const changed = () => {
    totals.now();
    memory?.later();
  };
  const lines = new Lines(one("#lines"), changed);
  const client = new ClientField(form, changed);
  dragLines(one("#lines"), (line) => lines.moved(line));
  addItems(form, lines);
  memory = new Memory(form, {
    extra: () => client.kept,
    restore: (kept, extra) => {
      client.restore(extra);
      lines.replace(kept);
    },
  });
  form.addEventListener("input", (event) => {
    if (event.target.closest("#lines")) totals.later();
    memory.later();
  });
  form.addEventListener("click", (event) => {
    // Enter in a field presses the form's first button, which without script adds up.
    if (event.target.closest("button[name=do][value=total]")) {
      event.preventDefault();
      totals.now();
    }
  });
}

/* "Add item", "Heading", "Note", and the field above them. */
function addItems(form, lines) {
  const typed = one("#add-item");
  const put = (values) => {
    const line = lines.blank ?? lines.add();
    if (!line) return;
    lines.fill(line, values);
    typed.value = "";
    field(line, "quantity").select();
    line.scrollIntoView({ block: "nearest" });
    say(words("added", { name: values.description }));
  };
  new Picker(one("[data-picker=product]"), (data) =>
    put({
      product: data.id ?? "",
      description: data.name,
      details: data.details ?? "",
      unit: data.unit ?? "",
      unit_price: data.price ?? "",
      vat_rate: data.rate || undefined,
    }),
  );
  form.addEventListener("click", (event) => {
    const kind = event.target.closest(".add button[name=do]")?.value;
    if (!["add", "heading", "note"].includes(kind)) return;
    event.preventDefault();
    const text = typed.value.trim();
    if (kind === "add" && text) {
      put({ description: text });
      return;
    }
    const line = lines.add({}, { kind: kind === "add" ? "item" : kind });
    if (line) field(line, "description").focus();
  });
}

/* Saving goes by htmx: out of reach of the network nothing is lost. What was saved is forgotten here. */
document.addEventListener("htmx:beforeOnLoad", (event) => {
  const { elt, xhr } = event.detail;
  const url = elt?.id === "editor" && xhr.getResponseHeader("HX-Redirect");
  if (!url) return;
  memory.forget();
  elt.dataset.saved = "";
  // Back leads to the draft that was made, not to the empty form it came from.
  const draft = /^.*\/invoices\/\d+\//.exec(url);
  if (draft) history.replaceState(null, "", `${draft[0]}edit/`);
});
// Between the answer and the next page a second press still finds the form: it is saved already.
addEventListener(
  "submit",
  (event) => {
    if (event.target.dataset.saved === undefined) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  },
  true,
);
// Somebody who was signed out meanwhile is asked at the door, and finds the form kept afterwards.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { elt, requestConfig, xhr } = event.detail;
  const asked = requestConfig?.elt?.id === "editor" || elt?.id === "editor";
  if (!asked || !xhr.responseURL || new URL(xhr.responseURL).pathname === location.pathname) return;
  event.detail.shouldSwap = false;
  memory.save();
  location.assign(xhr.responseURL);
});
document.addEventListener("htmx:afterSettle", start);
document.addEventListener("keydown", (event) => {
  if (event.key.toLowerCase() !== "s" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
  event.preventDefault();
  one("#editor")?.requestSubmit(one("button[value=save]"));
});
addEventListener("pagehide", () => memory?.save());
document.addEventListener("visibilitychange", () => document.hidden && memory?.save());
// A page from the browser's own store is older than the draft.
addEventListener("pageshow", (event) => {
  if (event.persisted && one("#editor")?.dataset.saved !== undefined) location.reload();
});

start();
one("[data-download]")?.click();
