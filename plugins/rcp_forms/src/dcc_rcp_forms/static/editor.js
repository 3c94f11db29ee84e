// The text editor of the studio: a textarea over a painted copy of its text, with words to complete.
// The textarea stays what the browser knows best: undo, selection, screen readers, paste.
(function () {
  "use strict";
  const PAINT_LIMIT = 200000;
  const TOKENS = /("(?:[^"\\]|\\.)*"?|'[^']*'?)|(#.*$)|([+-]?[\p{L}_][\p{L}\p{N}_ .-]*?)(?=\s*:(?:\s|$))|(-?\b\d+(?:[.,]\d+)*\b)|([\p{L}_][^\s{}[\],:#"']*)/gu;
  const CLASSES = ["", "s", "c", "k", "n", "s"];

  function tokens(line) {
    const found = [];
    for (const match of line.matchAll(TOKENS)) {
      const kind = match.findIndex((part, index) => index > 0 && part !== undefined);
      if (kind === 2 && match.index > 0 && !/\s/.test(line[match.index - 1])) continue;
      found.push([match.index, match.index + match[0].length, CLASSES[kind]]);
      if (kind === 2) break;
    }
    return found;
  }
  /** Paint one line: coloured words, and the places of findings underlined. */
  function painted(line, marks) {
    const cuts = new Set([0, line.length]);
    const spans = tokens(line);
    for (const [start, end] of [...spans, ...marks]) { cuts.add(Math.min(start, line.length)); cuts.add(Math.min(end, line.length)); }
    const edges = [...cuts].sort((a, b) => a - b);
    const holder = document.createElement("span");
    for (let i = 0; i + 1 < edges.length; i += 1) {
      const [start, end] = [edges[i], edges[i + 1]];
      const inside = (span) => span[0] <= start && span[1] >= end;
      const piece = document.createElement("span");
      piece.className = [spans.find(inside)?.[2], marks.find(inside)?.[2]].filter(Boolean).join(" ");
      piece.textContent = line.slice(start, end);
      holder.append(piece.className ? piece : piece.textContent);
    }
    return holder;
  }

  const GROUP_OF = { sections: "section", champs: "champ", alertes: "alerte", essais: "essai", blocs: "bloc", cas: "cas", colonnes: "champ", migrations: "migration", phases: "phase" };
  const SELF = { "contrôle": "contrôle", "fraîcheur": "fraîcheur", rcp: "rcp" };
  /** Tell in which kind of group a place is: the keys above it, outer last. */
  function groupAt(lines, row, column) {
    const line = lines[row].slice(0, column);
    const path = [];
    let indent = line.search(/\S|$/);
    if (/^\s*-\s/.test(line)) indent += 1;
    const inline = [...line.matchAll(/([\p{L}_][\p{L}\p{N}_]*)\s*:\s*\{/gu)];
    const open = (line.match(/\{/g) || []).length - (line.match(/\}/g) || []).length;
    if (open > 0) path.push(...inline.slice(-open).reverse().map((match) => match[1]));
    for (let at = row - 1; at >= 0 && indent > 0; at -= 1) {
      const text = lines[at];
      const depth = text.search(/\S/);
      const key = /^\s*(?:-\s*)?([+-]?[\p{L}_][\p{L}\p{N}_-]*)\s*:/u.exec(text);
      if (depth >= 0 && depth < indent && key) { path.push(key[1].replace(/^[+-]/, "")); indent = depth; }
    }
    if (!path.length) return "fiche";
    if (SELF[path[0]]) return SELF[path[0]];
    if (["cas", "essais", "migrations"].includes(path[0])) return GROUP_OF[path[0]];
    return GROUP_OF[path[1]] || "";
  }

  function caretOf(area) {
    const before = area.value.slice(0, area.selectionStart).split("\n");
    return { row: before.length - 1, column: before.at(-1).length };
  }

  window.dccEditor = function (form, hooks) {
    const area = form.querySelector("textarea");
    const back = form.querySelector("[data-back]");
    const list = form.querySelector("[data-completion]");
    const shell = form.querySelector("[data-editor]");
    let marks = [];
    let drawn = [];
    let words = null;
    let names = { fields: [], codes: [] };
    let chosen = -1;
    let offers = [];
    shell.classList.add("is-live");
    back.hidden = false;

    function paint() {
      const lines = area.value.split("\n");
      area.rows = lines.length + 1;
      area.cols = Math.min(400, Math.max(60, ...lines.map((line) => line.length + 2)));
      if (area.value.length > PAINT_LIMIT) { back.hidden = true; shell.classList.remove("is-live"); return; }
      const byLine = new Map();
      for (const mark of marks) byLine.set(mark.line, [...(byLine.get(mark.line) || []), mark]);
      const current = document.activeElement === area ? caretOf(area).row + 1 : hooks.lineOf?.() || 0;
      while (back.children.length > lines.length) back.lastElementChild.remove();
      lines.forEach((line, index) => {
        const found = byLine.get(index + 1) || [];
        const look = [found.some((mark) => mark.look === "ko") ? "e" : found.some((mark) => mark.look === "wa") ? "w" : "", index + 1 === current ? "cur" : ""].join(" ").trim();
        const key = `${look}|${JSON.stringify(found)}|${line}`;
        if (drawn[index] === key && back.children[index]) return;
        drawn[index] = key;
        const item = back.children[index] || back.appendChild(document.createElement("li"));
        item.className = look;
        item.replaceChildren(painted(line, found.map((mark) => [mark.column - 1, mark.column - 1 + mark.length, mark.look === "ko" ? "bad" : "odd"])));
      });
      drawn.length = lines.length;
    }
    function insert(start, end, text) {
      area.focus();
      area.setSelectionRange(start, end);
      if (!document.execCommand("insertText", false, text)) {
        area.setRangeText(text, start, end, "end");
        area.dispatchEvent(new Event("input", { bubbles: true }));
      }
    }
    const offsetOf = (line, column) => area.value.split("\n").slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, 0) + column - 1;
    function goTo(line, column) {
      area.focus();
      const at = offsetOf(line, column);
      area.setSelectionRange(at, at);
      const height = area.scrollHeight / Math.max(1, area.rows);
      shell.scrollTop = Math.max(0, height * (line - 6));
      paint();
    }

    // Words to complete
    function close() { list.hidden = true; chosen = -1; offers = []; area.removeAttribute("aria-activedescendant"); }
    function candidates() {
      const { row, column } = caretOf(area);
      const lines = area.value.split("\n");
      const before = lines[row].slice(0, column);
      const typed = /[\p{L}\p{N}_.-]*$/u.exec(before)[0];
      const head = before.slice(0, before.length - typed.length);
      const value = /([\p{L}_]+)\s*:\s*["'[]?[^{},:]*$/u.exec(head);
      const group = groupAt(lines, row, column);
      const known = words.groups[group] || {};
      if (value && !/[{,]\s*$/.test(head)) {
        const keyword = known[value[1]];
        const options = keyword?.options.length ? keyword.options
          : keyword?.rule || ["valeur", "règle", "si"].includes(value[1]) ? [...names.fields, ...words.functions]
            : value[1] === "cda" ? words.slots : [];
        return { typed, items: options.map((name) => ({ name, help: "", tail: "" })) };
      }
      if (!/^\s*(?:-\s)?$|[{,]\s*$/.test(head)) return { typed, items: [] };
      return { typed, items: Object.entries(known).map(([name, word]) => ({ name, help: word.help, tail: ": " })) };
    }
    const fold = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
    function suggest(asked) {
      if (!words || area.readOnly) return;
      const { typed, items } = candidates();
      offers = items.filter((item) => fold(item.name).startsWith(fold(typed)) && (asked || item.name !== typed)).slice(0, 9)
        .map((item) => ({ ...item, typed }));
      if (!offers.length || (!asked && !typed)) { close(); return; }
      chosen = asked ? 0 : -1;
      list.replaceChildren(...offers.map((item, index) => {
        const option = document.createElement("li");
        option.role = "option";
        option.id = `completion-${index}`;
        option.append(Object.assign(document.createElement("b"), { textContent: item.name }), " ", Object.assign(document.createElement("span"), { textContent: item.help }));
        option.addEventListener("mousedown", (event) => { event.preventDefault(); accept(index); });
        return option;
      }));
      const { row, column } = caretOf(area);
      const line = Number.parseFloat(getComputedStyle(area).lineHeight);
      const box = area.getBoundingClientRect();
      const outer = form.getBoundingClientRect();
      list.style.top = `${box.top - outer.top + (row + 1.6) * line}px`;
      list.style.left = `${Math.max(8, Math.min(outer.width - 260, box.left - outer.left + 60 + (column - typed.length) * 7.8))}px`;
      list.hidden = false;
      mark();
    }
    function mark() {
      [...list.children].forEach((option, index) => option.setAttribute("aria-selected", String(index === chosen)));
      if (chosen >= 0) area.setAttribute("aria-activedescendant", `completion-${chosen}`);
    }
    function accept(index) {
      const item = offers[index];
      const at = area.selectionStart;
      close();
      insert(at - item.typed.length, at, item.name + item.tail);
      close();
    }
    area.addEventListener("keydown", (event) => {
      if (event.key === " " && event.ctrlKey) { event.preventDefault(); suggest(true); return; }
      if (!list.hidden) {
        const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
        if (step) { event.preventDefault(); chosen = (chosen + step + offers.length) % offers.length; mark(); return; }
        if (event.key === "Enter" && chosen >= 0) { event.preventDefault(); accept(chosen); return; }
        if (event.key === "Escape") { event.preventDefault(); close(); return; }
      }
      if (event.key === "Enter" && !event.ctrlKey && !area.readOnly) {
        const { row } = caretOf(area);
        const line = area.value.split("\n")[row];
        const deeper = /:\s*$/.test(line) ? "  " : "";
        event.preventDefault();
        insert(area.selectionStart, area.selectionEnd, "\n" + /^\s*/.exec(line)[0] + deeper);
      }
    });
    area.addEventListener("input", () => { paint(); suggest(false); hooks.changed(area.value); });
    area.addEventListener("blur", () => { close(); paint(); });
    document.addEventListener("selectionchange", () => {
      if (document.activeElement === area) { paint(); hooks.moved?.(caretOf(area).row + 1); }
    });
    paint();
    return {
      area,
      goTo,
      paint,
      mend(line, column, was, text) {
        const at = offsetOf(line, column);
        if (area.value.startsWith(was, at)) insert(at, at + was.length, text);
      },
      show(findings) { marks = findings; paint(); },
      learn(more) { if (more.groups) words = more; if (more.names) names = more.names; },
    };
  };
})();
