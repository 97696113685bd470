/* The office's script, all of it comfort: every page does its work without.
   Menus that close, dialogs from links, lists swapped in place, toasts that leave, one submit per press. */

const root = document.documentElement;
const one = (query, from = document) => from.querySelector(query);
const all = (query, from = document) => [...from.querySelectorAll(query)];

/* Theme: follow the system while nobody has chosen; the switch is a form that works without script. */
const year = 31536000;
const dark = matchMedia("(prefers-color-scheme: dark)");
const chosen = () => /(?:^|; )cma_theme=(light|dark)/.exec(document.cookie)?.[1];
dark.addEventListener("change", () => {
  if (!chosen()) root.dataset.bsTheme = dark.matches ? "dark" : "light";
});
document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-theme-form]")) return;
  event.preventDefault();
  const theme = root.dataset.bsTheme === "dark" ? "light" : "dark";
  root.dataset.bsTheme = theme;
  const secure = location.protocol === "https:" ? "; secure" : "";
  document.cookie = `cma_theme=${theme}; path=/; max-age=${year}; samesite=lax${secure}`;
});

/* Menus are <details>: close them on a press outside, on Escape (focus goes back), and when one is chosen. */
const openMenus = () => all("details.menu[open]");
document.addEventListener("click", (event) => {
  for (const menu of openMenus()) {
    const chose = event.target.closest(".menu-list a, .menu-list button");
    if (!menu.contains(event.target) || (chose && menu.contains(chose))) menu.open = false;
  }
});
// A menu near the lower edge opens upwards.
document.addEventListener(
  "toggle",
  ({ target: menu }) => {
    if (!menu.matches?.("details.menu")) return;
    menu.classList.remove("menu-up");
    if (!menu.open) return;
    const { top, bottom } = one(".menu-list", menu).getBoundingClientRect();
    const floor = Math.min(innerHeight, one(".dock, .bar")?.getBoundingClientRect().top || innerHeight);
    if (bottom > floor && top - (bottom - top) > 60) menu.classList.add("menu-up");
  },
  true,
);
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    for (const menu of openMenus()) {
      const inside = menu.contains(document.activeElement);
      menu.open = false;
      if (inside) one("summary", menu).focus();
    }
  }
  const menu = event.target.closest?.("details.menu[open]");
  if (menu && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
    const entries = all(".menu-list a, .menu-list button", menu);
    const step = event.key === "ArrowDown" ? 1 : -1;
    const at = entries.indexOf(document.activeElement);
    entries.at(at < 0 ? (step > 0 ? 0 : -1) : (at + step) % entries.length)?.focus();
    event.preventDefault();
  }
  if (event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey) {
    if (event.target.closest?.("input, textarea, select, [contenteditable]") || one("dialog[open]")) return;
    const find = one("[data-find]");
    if (find?.offsetParent) {
      event.preventDefault();
      find.focus();
      find.select();
    }
  }
});

/* Dialogs: a link with data-dialog opens its own page inside the <dialog>. */
const dialog = one("#dialog");
let opener = null;
const plain = (event) =>
  event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-dialog]");
  if (link && dialog && window.htmx && plain(event)) {
    event.preventDefault();
    // A link in a menu is gone once the menu is closed: focus goes back to what opened the menu.
    opener = link.closest("details.menu")?.querySelector("summary") ?? link;
    window.htmx
      .ajax("GET", link.href, { target: dialog, swap: "innerHTML", source: dialog })
      .catch(() => location.assign(link.href));
    return;
  }
  if (event.target.closest("dialog [data-close]") && plain(event)) {
    event.preventDefault();
    dialog.close();
  }
});
dialog?.addEventListener("click", (event) => {
  if (event.target === dialog) dialog.close();
});
dialog?.addEventListener("close", () => {
  dialog.replaceChildren();
  opener?.isConnected && opener.focus();
  opener = null;
});
document.addEventListener("htmx:afterSettle", (event) => {
  const frame = event.target.closest?.("#dialog") ?? (event.target.id === "dialog" ? dialog : null);
  if (frame && dialog.childElementCount) {
    if (!dialog.open) dialog.showModal();
    (one("[data-problems]", dialog) ?? one("[autofocus]", dialog) ?? one("#dialog-title", dialog))?.focus();
  } else if (!frame) {
    one("[data-problems]", event.target)?.focus();
  }
});
// A page that is not a dialog's (a sign-in, an error) has no place in one: open it as a page.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, target } = event.detail;
  if (target === dialog && xhr.status < 500 && /<html[\s>]/i.test(xhr.responseText.slice(0, 400))) {
    event.detail.shouldSwap = false;
    location.assign(xhr.responseURL || location.href);
  }
});

/* Lists: tabs, heads, chips, pager and the search form of a region swap the region and push the address. */
const region = (element) => element.closest("[data-list]");
const load = (list, url) => {
  window.htmx.ajax("GET", url, {
    source: list,
    target: `#${list.id}`,
    select: `#${list.id}`,
    swap: "outerHTML",
  });
};
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-list] :is(.tabs, .pills, .chips, thead, .pager) a[href]");
  if (
    !link ||
    !window.htmx ||
    !plain(event) ||
    link.hasAttribute("hx-get") ||
    link.dataset.dialog !== undefined
  )
    return;
  event.preventDefault();
  load(region(link), link.href);
});
const search = (form) => {
  const url = new URL(form.action || location.href, location.href);
  url.search = new URLSearchParams([...new FormData(form)].filter(([, value]) => value !== "")).toString();
  load(region(form), url.href);
};
let waiting = 0;
document.addEventListener("input", (event) => {
  const form = event.target.closest("[data-list] form[method=get], [data-list] form:not([method])");
  if (!form || !window.htmx) return;
  clearTimeout(waiting);
  waiting = setTimeout(() => search(form), event.target.type === "search" ? 250 : 0);
});
document.addEventListener("submit", (event) => {
  const form = event.target.closest("[data-list] form[method=get], [data-list] form:not([method])");
  if (!form || !window.htmx) return;
  event.preventDefault();
  clearTimeout(waiting);
  search(form);
});
// The field that was being typed in is drawn anew: the caret stays where it was.
let typing = null;
document.addEventListener("htmx:beforeSwap", (event) => {
  const field = document.activeElement;
  const inside = field?.name && event.detail.target?.contains?.(field) && field.closest("[data-list]");
  typing = inside ? { name: field.name, value: field.value, at: field.selectionStart } : null;
});
document.addEventListener("htmx:afterSwap", () => {
  if (!typing) return;
  const field = one(`[data-list] [name="${CSS.escape(typing.name)}"]`);
  if (field) {
    field.value = typing.value;
    field.focus();
    field.setSelectionRange?.(typing.at, typing.at);
  }
  typing = null;
});

/* Toasts leave after six seconds, with Undo after ten; never while the person is at them. */
const leave = (toast) => {
  const stay = () => toast.matches(":hover, :focus-within");
  const wait = one("form", toast) ? 10000 : 6000;
  const check = () => (stay() ? setTimeout(check, 1500) : toast.remove());
  setTimeout(check, wait);
};
const watch = (from) => {
  for (const toast of all("[data-toast]:not([data-seen])", from)) {
    toast.dataset.seen = "";
    if (!toast.classList.contains("toast-bad")) leave(toast);
  }
};
watch(document);
document.addEventListener("htmx:oobAfterSwap", () => watch(document));
document.addEventListener("htmx:afterSettle", () => watch(document));
document.addEventListener("click", (event) =>
  event.target.closest("[data-dismiss]")?.closest("[data-toast]")?.remove(),
);

/* One press, one submit (SCR-3). The server keeps its own guard; this spares the person the doubt. */
const busy = (form, submitter) => {
  form.dataset.underway = "";
  const button = submitter ?? one("button:not([type=button])", form);
  if (!button) return;
  button.setAttribute("aria-disabled", "true");
  if (!button.dataset.busy) return;
  button.dataset.before = button.innerHTML;
  const spinner = document.createElement("span");
  spinner.className = "spin";
  button.replaceChildren(spinner, button.dataset.busy);
};
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
    // After the other listeners: one of them may still refuse it, and the button's value must be sent.
    setTimeout(() => {
      if (form.hasAttribute("hx-post") || !event.defaultPrevented) busy(form, event.submitter);
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

/* A line on top while something is fetched, once it takes longer than the eye forgives. */
const line = document.createElement("div");
line.className = "busy-line";
document.body.append(line);
let underway = 0;
document.addEventListener("htmx:beforeRequest", () => {
  underway += 1;
  root.classList.add("is-loading");
});
document.addEventListener("htmx:afterRequest", () => {
  underway = Math.max(0, underway - 1);
  if (!underway) root.classList.remove("is-loading");
});
/* What htmx could not bring: say so where it is seen, with nothing lost. */
for (const name of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
  document.addEventListener(name, () => {
    const words = one("#words-offline");
    if (!words || one("#toasts .toast-bad")) return;
    one("#toasts").append(words.content.cloneNode(true));
    watch(document);
  });
}

/* Copy an element's text. */
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const from = document.getElementById(button.dataset.copy);
  const text = button.dataset.copyText ?? from?.value ?? from?.textContent ?? "";
  try {
    await navigator.clipboard.writeText(text.trim());
  } catch {
    return;
  }
  const before = button.innerHTML;
  button.textContent = button.dataset.copied || "✓";
  setTimeout(() => {
    button.innerHTML = before;
  }, 2000);
});

/* A refused form: the summary takes the focus, so that a screen reader begins there. */
one("main [data-problems]")?.focus();

/* Settings: a section's Save turns filled once the section is changed. */
document.addEventListener("input", (event) => {
  const save = event.target.closest("form[data-section]")?.querySelector(".foot .btn-line");
  save?.classList.replace("btn-line", "btn-main");
});

/* Tabs that run out of the screen: the one shown is in sight. */
for (const tab of all(".tabs [aria-current]")) {
  const bar = tab.parentElement;
  if (bar.scrollWidth > bar.clientWidth) bar.scrollLeft = tab.offsetLeft - (bar.clientWidth - tab.offsetWidth) / 2;
}
