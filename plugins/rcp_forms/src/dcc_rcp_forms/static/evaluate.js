// Evaluate core expressions in the browser: the twin of expressions/evaluate.py, operation for
// operation. No eval, no generated code: the core is JSON, so a strict content policy holds.
// `null` is the unknown value. A date is [first day, last day] counted from 1970-01-01.
(function (root) {
  "use strict";

  const DAY = 86400000;
  const LN_2 = 0.6931471805599453;
  const SQRT_HALF = 0.7071067811865476;

  // --- numbers -------------------------------------------------------------------------------
  function tidy(x) {
    if (Number.isInteger(x) && Math.abs(x) < 1e15) return x + 0;
    const rounded = Number.isFinite(x) ? Number(x.toPrecision(15)) + 0 : x;
    return Number.isFinite(rounded) ? rounded : null;
  }
  const divide = (a, b) => (b === 0 ? null : tidy(a / b));
  function naturalLog(x) {
    if (!(x > 0) || !Number.isFinite(x)) return null;
    let exponent = 0;
    while (x >= 2 * SQRT_HALF) { x /= 2; exponent += 1; }
    while (x < SQRT_HALF) { x *= 2; exponent -= 1; }
    const ratio = (x - 1) / (x + 1);
    let power = ratio;
    let total = 0;
    for (let odd = 1; odd < 50; odd += 2) { total += power / odd; power *= ratio * ratio; }
    return tidy(2 * total + exponent * LN_2);
  }
  function shift(x, places) {
    const [digits, exponent] = String(x).split("e");
    return Number(digits + "e" + (Number(exponent || 0) + places));
  }
  function roundHalfUp(x, digits) {
    if (Math.abs(x) >= 1e15) return tidy(x);
    const places = Math.trunc(digits);
    const rounded = shift(Math.round(shift(Math.abs(x), places)), -places);
    return tidy(x < 0 ? -rounded : rounded);
  }
  const total = (values) => values.reduce((sum, x) => (sum === null ? null : tidy(sum + x)), 0);
  function average(values) {
    const sum = total(values);
    return sum === null ? null : divide(sum, values.length);
  }

  // --- dates ---------------------------------------------------------------------------------
  const civil = (day) => new Date(day * DAY);
  const dayNumber = (year, month, day) => Date.UTC(year, month - 1, day) / DAY;
  function months(start, end) {
    if (end < start) return -months(end, start);
    const a = civil(start);
    const b = civil(end);
    const count = (b.getUTCFullYear() - a.getUTCFullYear()) * 12 + b.getUTCMonth() - a.getUTCMonth();
    return count - (b.getUTCDate() < a.getUTCDate() ? 1 : 0);
  }
  const elapsed = (measure) => (start, end) => {
    const shortest = measure(start[1], end[0]);
    return shortest === measure(start[0], end[1]) ? shortest + 0 : null;
  };
  const isBefore = (a, b) => (a[1] < b[0] ? true : a[0] >= b[1] ? false : null);
  const isSame = (a, b) =>
    a[1] < b[0] || b[1] < a[0] ? false
      : a[0] === a[1] && b[0] === b[1] && a[0] === b[0] ? true : null;

  /** Read a stored or French date; null when it is no date. */
  function parseDate(text) {
    let parts = /^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$/.exec(text);
    if (parts) parts = [parts[1], parts[2], parts[3]];
    else {
      parts = /^(?:(?:(\d{1,2})\/)?(\d{1,2})\/)?(\d{4})$/.exec(text);
      if (!parts) return null;
      parts = [parts[3], parts[2], parts[1]];
    }
    const [year, month, day] = parts.map((part) => (part === undefined ? null : Number(part)));
    if (year < 1800 || year > 2199) return null;
    if (month === null) return [dayNumber(year, 1, 1), dayNumber(year, 12, 31)];
    if (month < 1 || month > 12) return null;
    const last = civil(dayNumber(year, month + 1, 1) - 1).getUTCDate();
    if (day === null) return [dayNumber(year, month, 1), dayNumber(year, month, last)];
    if (day < 1 || day > last) return null;
    return [dayNumber(year, month, day), dayNumber(year, month, day)];
  }

  // --- operations ----------------------------------------------------------------------------
  const strict = (apply) => (parts, context) => {
    const values = parts.map((part) => run(part, context));
    return values.includes(null) ? null : apply(...values);
  };
  function all(parts, context) {
    let result = true;
    for (const part of parts) {
      const value = run(part, context);
      if (value === false) return false;
      if (value === null) result = null;
    }
    return result;
  }
  const negate = (value) => (value === null ? null : !value);
  const own = (table, key) => (Object.hasOwn(table, key) ? table[key] : null) ?? null;
  const overRows = (reduce) => ([table, part], context) => {
    const rows = own(context.values, table);
    return rows === null ? null : reduce(rows.map((row) => run(part, { ...context, row })));
  };
  const known = (apply) => (values) =>
    values.length === 0 || values.includes(null) ? null : apply(values);

  const OPERATIONS = {
    n: ([value]) => value,
    t: ([value]) => value,
    b: ([value]) => value,
    d: ([first, last]) => [first, last],
    "?": () => null,
    v: ([name], context) => own(context.values, name),
    c: ([name], context) => own(context.row || {}, name),
    et: all,
    ou: (parts, context) => negate(all(parts.map((part) => ["non", part]), context)),
    non: ([part], context) => negate(run(part, context)),
    "=": strict((a, b) => a === b),
    "<": strict((a, b) => a < b),
    "≤": strict((a, b) => a <= b),
    "=d": strict(isSame),
    "<d": strict(isBefore),
    "≤d": ([a, b], context) => negate(run(["<d", b, a], context)),
    parmi: ([part, options], context) => {
      const value = run(part, context);
      return value === null ? null : options.includes(value);
    },
    contient: strict((codes, code) => codes.includes(code)),
    contient_texte: strict((text, part) => text.includes(part)),
    rens: ([part], context) => {
      const value = run(part, context);
      return value !== null && !(Array.isArray(value) && value.length === 0);
    },
    absent: ([name, reason], context) => own(context.absences || {}, name) === reason,
    "+": strict((a, b) => tidy(a + b)),
    "-": strict((a, b) => tidy(a - b)),
    "*": strict((a, b) => tidy(a * b)),
    "/": strict(divide),
    max: strict((...values) => Math.max(...values)),
    min: strict((...values) => Math.min(...values)),
    somme: strict((...values) => total(values)),
    moyenne: strict((...values) => average(values)),
    premier: (parts, context) => {
      for (const part of parts) {
        const value = run(part, context);
        if (value !== null) return value;
      }
      return null;
    },
    arrondi: strict(roundHalfUp),
    ln: strict(naturalLog),
    "borné": strict((x, low, high) => (low > high ? null : Math.min(Math.max(x, low), high))),
    jours: strict(elapsed((a, b) => b - a)),
    mois: strict(elapsed(months)),
    "âge": strict(elapsed((a, b) => Math.trunc(months(a, b) / 12))),
    points: ([part, table], context) => {
      const value = run(part, context);
      return value === null ? null : own(table, value);
    },
    taille: strict((items) => items.length),
    existe: overRows((values) => (values.includes(true) ? true : values.includes(null) ? null : false)),
    compte: overRows((values) =>
      values.includes(null) ? null : values.filter((value) => value === true).length),
    max_t: overRows(known((values) => Math.max(...values))),
    min_t: overRows(known((values) => Math.min(...values))),
    somme_t: overRows((values) => (values.includes(null) ? null : total(values))),
    moyenne_t: overRows(known(average)),
    cas: ([cases], context) => {
      for (const [condition, value] of cases) {
        if (run(condition, context) === true) return run(value, context);
      }
      return null;
    },
  };

  /** Evaluate a core expression; context = {values, absences, row}. */
  function run(core, context) {
    return OPERATIONS[core[0]](core.slice(1), context);
  }

  const language = { evaluate: run, parseDate };
  if (typeof module === "object" && module.exports) module.exports = language;
  else root.dccForms = { ...(root.dccForms || {}), ...language };
})(typeof globalThis === "undefined" ? this : globalThis);
