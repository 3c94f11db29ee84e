// Shell behaviours. Every one of them has a path without script: links, forms and pages of the server.
(() => {
  "use strict";
  const root = document.documentElement;
  const byId = (id) => document.getElementById(id);

  // Anti-forgery token of the page, for requests made by htmx and by this file.
  const token = () => document.querySelector('input[name="_csrf"]')?.value ?? "";
  document.addEventListener("htmx:config:request", (event) => {
    event.detail.ctx.request.headers["X-CSRF-Token"] = token();
  });

  // Theme: changed at once, remembered by the server in a cookie.
  document.addEventListener("submit", (event) => {
    const form = event.target.closest("[data-theme-form]");
    if (!form) return;
    event.preventDefault();
    const button = form.querySelector("button[name=theme]");
    const theme = button.value;
    root.dataset.theme = theme;
    button.value = theme === "dark" ? "light" : "dark";
    const body = new URLSearchParams({ theme, _csrf: token(), back: "/" });
    fetch(form.action, { method: "POST", body, redirect: "manual" });
  });

  // Double submit: the second press of the same form does nothing.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || event.defaultPrevented || form.target === "_blank") return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
    setTimeout(() => delete form.dataset.sent, 4000);
  });
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  });

  // Waiting: said when an answer is slow, said otherwise when it is very slow.
  const waiting = byId("waiting");
  let expected = 0;
  let timers = [];
  const tell = (text) => { waiting.querySelector("[data-words]").textContent = text; waiting.hidden = false; };
  const wait = () => {
    if (expected++) return;
    timers = [
      setTimeout(() => tell(waiting.dataset.soon), 700),
      setTimeout(() => tell(waiting.dataset.late), 8000),
      setTimeout(() => arrived(0), 60000), // a form that answered with a file leaves the page as it is
    ];
  };
  const arrived = (left) => {
    expected = left;
    if (expected > 0) return;
    timers.forEach(clearTimeout);
    waiting.hidden = true;
  };
  document.addEventListener("htmx:before:request", wait);
  document.addEventListener("htmx:finally:request", () => arrived(expected - 1));
  document.addEventListener("submit", (event) => { if (!event.defaultPrevented && event.target.method !== "dialog" && !event.target.target) wait(); });
  window.addEventListener("pageshow", () => arrived(0));

  // Messages leave after a while, unless they say that something is wrong.
  const fade = (note) => { if (!note.matches(".danger, .warn")) setTimeout(() => note.remove(), 8000); };
  const messages = byId("messages");
  if (messages) {
    for (const note of messages.children) fade(note);
    new MutationObserver((changes) => {
      for (const change of changes) for (const note of change.addedNodes) if (note.matches?.(".toast")) fade(note);
    }).observe(messages, { childList: true });
  }

  // Dialogs opened by links: the link leads to the same content without script.
  const open = (dialog) => { if (dialog && !dialog.open) dialog.showModal(); };
  document.addEventListener("click", (event) => {
    const act = event.target.closest("[data-act]");
    if (!act) return;
    if (act.dataset.act === "keys" && byId("aide-clavier")) { event.preventDefault(); open(byId("aide-clavier")); }
    if (act.dataset.act === "print") { event.preventDefault(); window.print(); }
    if (act.dataset.act === "close") act.closest("dialog")?.close();
  });

  // Palette: the search of the shell, with the pages of the menu and the patients found.
  const palette = byId("palette");
  const openPalette = () => {
    if (!palette) return;
    open(palette);
    palette.querySelector("input").select();
    filterPages("");
  };
  function filterPages(text) {
    const wanted = text.trim().toLocaleLowerCase();
    for (const link of palette.querySelectorAll("[data-page]"))
      link.hidden = wanted !== "" && !link.textContent.toLocaleLowerCase().includes(wanted);
  }
  if (palette) {
    byId("q")?.addEventListener("focus", (event) => { if (event.isTrusted && !palette.open) { event.target.blur(); openPalette(); } });
    palette.querySelector("input").addEventListener("input", (event) => filterPages(event.target.value));
    palette.addEventListener("keydown", (event) => {
      if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
      const links = [...palette.querySelectorAll(".palette-list a")].filter((link) => link.offsetParent);
      const at = links.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1);
      event.preventDefault();
      (at < 0 ? palette.querySelector("input") : links[Math.min(at, links.length - 1)])?.focus();
    });
  }

  // Keyboard. Single letters are off inside fields, and off altogether when the person says so.
  const rowLinks = () => [...document.querySelectorAll("tbody th a, .list .what > a, .timeline h3 a, [data-row]")].filter((link) => link.offsetParent);
  const go = (letter) => document.querySelector(`[data-go="${letter}"]`)?.click();
  let pressedG = 0;
  document.addEventListener("keydown", (event) => {
    const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName) || event.target.isContentEditable;
    const control = event.ctrlKey || event.metaKey;
    const key = event.key.toLowerCase();
    if (control && key === "k") { event.preventDefault(); openPalette(); return; }
    if (control && key === "s") {
      const save = document.querySelector("[data-save]");
      if (save) { event.preventDefault(); save.click(); }
      return;
    }
    if (control && event.key === "Enter") { document.querySelector("[data-validate]")?.click(); return; }
    if (typing || control || event.altKey || root.dataset.letterKeys === "off") return;
    if (event.key === "/") { event.preventDefault(); openPalette(); }
    else if (event.key === "?") open(byId("aide-clavier"));
    else if (key === "j" || key === "k") {
      const rows = rowLinks();
      const at = rows.indexOf(document.activeElement) + (key === "j" ? 1 : -1);
      rows[Math.max(0, Math.min(rows.length - 1, at))]?.focus();
    } else if (key === "g") pressedG = Date.now();
    else if (Date.now() - pressedG < 1200) { pressedG = 0; go(key); }
  });

  // Session: told two minutes before it ends, prolonged without leaving the page.
  const warning = byId("session-ends");
  if (warning) {
    const arm = (seconds) => setTimeout(() => open(warning), Math.max(0, seconds - 120) * 1000);
    let timer = arm(Number(warning.dataset.seconds));
    warning.querySelector("form").addEventListener("submit", async (event) => {
      event.preventDefault();
      const answer = await fetch(event.target.action, { method: "POST", body: new URLSearchParams({ _csrf: token() }), headers: { Accept: "application/json" } });
      if (!answer.ok) { event.target.submit(); return; }
      clearTimeout(timer);
      timer = arm((await answer.json()).seconds);
      warning.close();
    });
    document.addEventListener("live:resumed", (event) => { clearTimeout(timer); timer = arm(event.detail.seconds); });
  }

  // Scripts that only some pages need declare what they do with data attributes.
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-submit-on-change]")) event.target.form.requestSubmit();
  });
  const summary = document.querySelector("[data-error-summary]");
  if (summary) summary.focus();
})();
