/* The client's side: all of it comfort, every page does its work without. */

const one = (query, from = document) => from.querySelector(query);
const all = (query, from = document) => [...from.querySelectorAll(query)];

/* Follow the system's theme. */
const dark = matchMedia("(prefers-color-scheme: dark)");
dark.addEventListener("change", () => {
  if (!/(?:^|; )cma_theme=/.test(document.cookie)) {
    document.documentElement.dataset.bsTheme = dark.matches ? "dark" : "light";
  }
});

/* Copy: an account number, a reference. */
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  try {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent.trim());
  } catch {
    return;
  }
  const before = button.innerHTML;
  button.setAttribute("aria-live", "polite");
  button.textContent = button.dataset.copied || "✓";
  setTimeout(() => {
    button.innerHTML = before;
  }, 2000);
});

/* Menus close on a press outside and on Escape. */
document.addEventListener("click", (event) => {
  for (const menu of all("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
  event.target.closest("[data-dismiss]")?.closest("[data-toast]")?.remove();
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of all("details.menu[open]")) {
    menu.open = false;
    one("summary", menu).focus();
  }
});

/* One press, one submit; what the button says meanwhile stands in data-busy. */
const idle = (form) => {
  delete form.dataset.underway;
  for (const button of all("button[aria-disabled=true]", form)) {
    button.removeAttribute("aria-disabled");
    if (button.dataset.before) button.innerHTML = button.dataset.before;
    delete button.dataset.before;
  }
};
document.addEventListener(
  "submit",
  (event) => {
    const form = event.target;
    if (form.method !== "post" || form.hasAttribute("data-again")) return;
    if (form.dataset.underway !== undefined) {
      event.preventDefault();
      event.stopImmediatePropagation();
      return;
    }
    setTimeout(() => {
      if (event.defaultPrevented && !form.hasAttribute("hx-post")) return;
      form.dataset.underway = "";
      const button = event.submitter ?? one("button:not([type=button])", form);
      if (!button) return;
      button.setAttribute("aria-disabled", "true");
      if (!button.dataset.busy) return;
      button.dataset.before = button.innerHTML;
      const spinner = document.createElement("span");
      spinner.className = "spin";
      button.replaceChildren(spinner, button.dataset.busy);
    });
  },
  true,
);
document.addEventListener("htmx:afterRequest", (event) => {
  const form = event.detail.elt?.closest?.("form");
  if (form) idle(form);
});
addEventListener("pageshow", (event) => {
  if (event.persisted) all("form[data-underway]").forEach(idle);
});

/* A refused form: its summary, or its first bad field, takes the focus. */
(one("main [data-problems]") ?? one("main [aria-invalid=true]"))?.focus();

/* The sum on the button follows the amount that is typed; the server computes what is charged. */
document.addEventListener("input", (event) => {
  const amount = event.target;
  const typed = amount.id && one(`[data-sum-from="${CSS.escape(amount.id)}"]`);
  if (!typed) return;
  typed.dataset.full ??= typed.textContent;
  const value = Number(amount.value.replace(/[£€$,\s]/g, ""));
  const currency = typed.dataset.currency || "GBP";
  const lang = document.documentElement.lang || "en-GB";
  typed.textContent =
    value > 0 ? value.toLocaleString(lang, { style: "currency", currency }) : typed.dataset.full;
});

/* A page that changes by itself when money comes: its live part asks every three seconds, unless nobody
   looks at it; who comes back to the page is answered at once. */
const live = () => one("[data-live]");
document.addEventListener("htmx:beforeRequest", (event) => {
  if (document.hidden && event.target.matches?.("[data-live]")) event.preventDefault();
});
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && live() && window.htmx) window.htmx.trigger(live(), "wake");
});
const news = document.createElement("p");
news.className = "sr";
news.setAttribute("role", "status");
if (live()) document.body.append(news);
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.target.matches?.("[data-live]")) typing = keep(event.target);
});
document.addEventListener("htmx:afterSwap", () => {
  const part = live();
  if (!part) return;
  if (news.textContent !== (part.dataset.news ?? "")) news.textContent = part.dataset.news ?? "";
  if (typing) bringBack(part, typing);
  typing = null;
});

/* What was being typed in the part that is drawn anew stays: the amount, and whether it was unfolded. */
let typing = null;
function keep(part) {
  const field = one("input:not([type=hidden])", part);
  const fold = one("details", part);
  return { value: field?.value, focused: document.activeElement === field, open: fold?.open };
}
function bringBack(part, was) {
  const field = one("input:not([type=hidden])", part);
  const fold = one("details", part);
  if (fold && was.open) fold.open = true;
  if (!field || !was.open || was.value === undefined) return;
  field.value = was.value;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  if (was.focused) field.focus();
}
