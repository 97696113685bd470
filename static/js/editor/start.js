/* An editor of lines: figures while typing, lines without a round trip, pickers, memory.
   The form works without any of it; every button of a line is a submit button then.
   Invoices and quotes begin here; `parts` says what is different. */

import { ClientField } from "./client.js";
import { one, say, words } from "./dom.js";
import { dragLines } from "./drag.js";
import { Lines, field } from "./lines.js";
import { Memory } from "./memory.js";
import { Picker } from "./pickers.js";
import { Totals } from "./totals.js";

let memory = null;

/** `parts(form, lines, changed)` → { add(kind), chosen(client), keep: {record: restore} }, each if need be. */
export function edits(parts = () => ({})) {
  const begin = () => start(parts);
  document.addEventListener("htmx:afterSettle", begin);
  begin();
  one("[data-download]")?.click();
}

function start(parts) {
  const form = one("#editor");
  if (!form || form.dataset.started !== undefined) return;
  form.dataset.started = "";
  const totals = new Totals(form);
  const changed = () => {
    totals.now();
    memory?.later();
  };
  const root = one("#lines");
  const lines = new Lines(root, changed);
  const own = parts(form, lines, changed);
  const client = new ClientField(form, changed, own.chosen);
  dragLines(root, "[data-line]", (line) => lines.moved(line));
  addItems(form, lines, own.add);
  memory = new Memory(form, {
    records: ["line", ...Object.keys(own.keep ?? {})],
    extra: () => client.kept,
    restore: (kept, extra) => {
      client.restore(extra);
      for (const [name, put] of Object.entries(own.keep ?? {})) put(kept[name]);
      lines.replace(kept.line);
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
function addItems(form, lines, more = () => false) {
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
    const button = event.target.closest("button[name=do]");
    const kind = button?.closest(".add") && button.value;
    if (!kind) return;
    if (more(kind, button)) {
      event.preventDefault();
      return;
    }
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
  const draft = /^.*\/(?:invoices|quotes)\/\d+\//.exec(url);
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
