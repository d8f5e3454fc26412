// Suggestions under the box: an ARIA combobox with what this shopper searched lately and what the shop offers.
//
// What was searched and looked at stays in the browser; a request brings it along so that what is near it comes first.

import { config, element, icon, text } from "../page.js";

const RECENT_KEY = "aisle.recent";
const RECENT_KEPT = 8;
const RECENT_SHOWN = 4;
const OFFERED = 8;
const SHOWN = 8;
const VIEWED_KEY = "aisle.viewed";
const VIEWED_KEPT = 10;
const KIND_LABELS = { type: "kindType", brand: "kindBrand", category: "kindCategory" };

const field = document.getElementById("q");
const popup = document.getElementById("suggestions");

function kept(storage, key) {
  try {
    const items = JSON.parse(storage.getItem(key) ?? "[]");
    return Array.isArray(items) ? items.filter((item) => typeof item === "string") : [];
  } catch {
    return [];
  }
}

const recent = () => kept(localStorage, RECENT_KEY);

function keepRecent(items) {
  try {
    localStorage.setItem(RECENT_KEY, JSON.stringify(items.slice(0, RECENT_KEPT)));
  } catch {
    // Private windows may keep nothing.
  }
}

export function remember(words) {
  if (words.trim()) keepRecent([words.trim(), ...recent().filter((item) => item !== words.trim())]);
}

/** A product that was opened, for this visit. */
export function look(id) {
  try {
    const ids = [id, ...kept(sessionStorage, VIEWED_KEY).filter((one) => one !== id)];
    sessionStorage.setItem(VIEWED_KEY, JSON.stringify(ids.slice(0, VIEWED_KEPT)));
  } catch {
    // Without it suggestions are merely everybody's.
  }
}

/** The text with what was not typed in bold: at the start of a word if it is there, else wherever it is. */
function emphasised(suggestion, typed) {
  const low = suggestion.toLowerCase();
  const begun = typed.toLowerCase();
  const inner = begun ? low.indexOf(` ${begun}`) : -1;
  const at = !begun ? -1 : low.startsWith(begun) ? 0 : inner >= 0 ? inner + 1 : low.indexOf(begun);
  if (at < 0 || low.length !== suggestion.length) return [element("b", {}, suggestion)];
  const end = at + typed.length;
  const parts = [element("b", {}, suggestion.slice(0, at)), suggestion.slice(at, end), element("b", {}, suggestion.slice(end))];
  return parts.filter((part) => typeof part === "string" || part.textContent);
}

/** A small picture where the suggestion has one, else a sign of what it is. */
function picture(item) {
  if (!item.image) return icon(item.kind === "product" ? "tag" : "search");
  const image = element("img", { class: "option-picture", src: item.image, alt: "", width: 32, height: 32, loading: "lazy", decoding: "async" });
  image.addEventListener("error", () => image.replaceWith(icon("search")), { once: true });
  return image;
}

export class Suggestions {
  /** `onChoose(words, scope)` is called for a suggestion that was chosen; `scope` is {field, value} or null. */
  constructor(onChoose, onEnter) {
    this.onChoose = onChoose;
    this.onEnter = onEnter;
    this.active = -1;
    this.typed = "";
    this.turn = 0;
    this.controller = null;
    popup.addEventListener("pointerdown", (event) => event.preventDefault());
    popup.addEventListener("click", (event) => this.clicked(event));
    field.addEventListener("keydown", (event) => this.key(event));
    field.addEventListener("blur", () => this.close());
  }

  get options() {
    return [...popup.querySelectorAll("[role=option]")];
  }

  get isOpen() {
    return !popup.hidden;
  }

  /** Fetch and show what completes the words in the field. */
  async update() {
    const turn = ++this.turn;
    this.typed = field.value;
    this.controller?.abort();
    this.controller = new AbortController();
    const words = this.typed.trim();
    let offered = [];
    if (words) {
      const asked = { q: words.slice(0, 200), locale: config.language, limit: OFFERED, recent: recent(), viewed: kept(sessionStorage, VIEWED_KEY) };
      try {
        const answer = await this.ask(asked);
        if (answer.ok) offered = (await answer.json()).suggestions;
      } catch {
        return; // Suggestions are a courtesy: without them the search goes on.
      }
    }
    if (turn === this.turn && document.activeElement === field) this.show(words, offered);
  }

  ask(asked) {
    return fetch(`${config.prefix}/v1/suggest`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(asked),
      signal: this.controller.signal,
    });
  }

  show(words, offered) {
    const folded = words.toLowerCase();
    const lately = recent().filter((item) => item.toLowerCase().startsWith(folded) && item.toLowerCase() !== folded);
    const seen = lately.slice(0, words ? RECENT_SHOWN : RECENT_KEPT);
    const known = new Set(seen.map((item) => item.toLowerCase()));
    const fresh = offered.filter((item) => item.scope || !known.has(item.text.toLowerCase()));
    const rows = [
      ...seen.map((item, i) => this.recentRow(item, words, i)),
      ...fresh.slice(0, Math.max(0, SHOWN - seen.length)).map((item, i) => this.offeredRow(item, words, seen.length + i)),
    ];
    this.active = -1;
    field.removeAttribute("aria-activedescendant");
    if (!rows.length) return this.close();
    popup.replaceChildren(...rows);
    popup.hidden = false;
    field.setAttribute("aria-expanded", "true");
  }

  recentRow(item, words, index) {
    const label = text("recentRemove", { name: item });
    const forget = element("span", { class: "forget", title: label, "data-forget": item }, icon("close"));
    const row = element("div", { role: "option", id: `option-${index}`, "aria-selected": "false", class: "option is-recent", "data-words": item });
    row.append(icon("clock"), element("span", { class: "option-text" }, ...emphasised(item, words)), forget);
    return row;
  }

  offeredRow(item, words, index) {
    const kind = !item.scope && KIND_LABELS[item.kind];
    const look = item.scope ? " is-scoped" : kind ? " is-kind" : "";
    const row = element("div", { role: "option", id: `option-${index}`, "aria-selected": "false", class: `option${look}`, "data-words": item.text });
    if (item.scope) row.dataset.scope = JSON.stringify(item.scope);
    const label = element("span", { class: "option-text" }, ...emphasised(item.text, words));
    if (item.scope) label.append(" ", element("span", { class: "option-scope" }, text("suggestIn", { name: item.scope.value })));
    row.append(item.scope ? icon("within") : picture(item), label);
    if (kind) row.append(element("span", { class: "option-kind" }, text(kind)));
    if (item.count !== null) row.append(element("span", { class: "option-count" }, item.count.toLocaleString(config.language)));
    return row;
  }

  close() {
    this.turn += 1;
    popup.hidden = true;
    this.active = -1;
    field.setAttribute("aria-expanded", "false");
    field.removeAttribute("aria-activedescendant");
  }

  clicked(event) {
    const forget = event.target.closest("[data-forget]");
    if (forget) return this.forget(forget.dataset.forget);
    const row = event.target.closest("[role=option]");
    if (row) this.choose(row);
  }

  forget(words) {
    keepRecent(recent().filter((item) => item !== words));
    field.value = this.typed;
    this.update();
  }

  choose(row) {
    this.close();
    this.onChoose(row.dataset.words, row.dataset.scope ? JSON.parse(row.dataset.scope) : null);
  }

  /** Into the list, which stays as it is from then on: what was still being fetched doesn't take its place. */
  move(step) {
    if (this.active < 0) {
      this.onEnter(); // what was typed last is searched for before a row takes its place
      this.typed = field.value;
    }
    this.turn += 1;
    const options = this.options;
    const places = options.length + 1; // one more for the field itself
    this.active = ((this.active + 1 + step + places) % places) - 1;
    options.forEach((option, i) => option.setAttribute("aria-selected", String(i === this.active)));
    const option = options[this.active];
    field.value = option ? option.dataset.words : this.typed;
    if (option) {
      field.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    } else {
      field.removeAttribute("aria-activedescendant");
    }
  }

  key(event) {
    if (event.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (this.isOpen) this.move(event.key === "ArrowDown" ? 1 : -1);
      else this.update();
    } else if (event.key === "Enter" && this.isOpen && this.active >= 0) {
      event.preventDefault();
      this.choose(this.options[this.active]);
    } else if (event.key === "Escape" && this.isOpen) {
      event.preventDefault();
      field.value = this.typed;
      this.close();
    } else if (event.key === "Delete" && event.shiftKey && this.active >= 0 && this.options[this.active].classList.contains("is-recent")) {
      event.preventDefault();
      this.forget(this.options[this.active].dataset.words);
    }
  }
}
