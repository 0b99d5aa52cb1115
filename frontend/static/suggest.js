// Suggestions while one types into a search field: the groups that the server finds, moved through
// with the arrows, opened with Enter, closed with Escape. Without this script the form leads to the
// page of results.
import Combobox from "./vendor/combobox-nav.js";

const delay = 150;

class Suggestions {
  constructor(input, list, status) {
    this.input = input;
    this.list = list;
    this.status = status;
    this.asked = "";
    this.timer = 0;
    this.combobox = new Combobox(input, list, { tabInsertsSuggestions: false });
    input.addEventListener("input", () => this.type());
    input.addEventListener("focus", () => this.type());
    input.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !list.hidden) {
        event.preventDefault();
        this.close();
      }
    });
    input.form.addEventListener("submit", (event) => {
      if (!list.hidden && list.querySelector("[aria-selected=true]")) event.preventDefault(); // Enter opens what is chosen
    });
    document.addEventListener("click", (event) => {
      if (!input.form.contains(event.target)) this.close();
    });
    input.form.addEventListener("focusout", (event) => {
      if (!input.form.contains(event.relatedTarget)) this.close();
    });
    list.addEventListener("mousedown", (event) => event.preventDefault()); // keep the focus in the field
  }

  type() {
    clearTimeout(this.timer);
    const text = this.input.value.trim();
    if (text.length < 2) {
      this.close();
      return;
    }
    this.timer = setTimeout(() => this.ask(text), delay);
  }

  async ask(text) {
    this.asked = text;
    const address = new URL(`${this.input.form.action}/suggestions`);
    address.searchParams.set("q", text);
    let found = "";
    try {
      const answer = await fetch(address, { headers: { Accept: "text/html" } });
      if (!answer.ok) return;
      found = await answer.text();
    } catch {
      return; // the form still works
    }
    if (this.asked !== text || document.activeElement !== this.input) return;
    this.show(found);
  }

  show(found) {
    const parsed = new DOMParser().parseFromString(found, "text/html");
    this.list.replaceChildren(...parsed.querySelector("[data-found]").childNodes);
    this.status.textContent = parsed.querySelector("[data-status]").textContent;
    const empty = !this.list.querySelector("[role=option]");
    if (empty) {
      this.close();
      return;
    }
    if (this.list.hidden) {
      this.list.hidden = false;
      this.combobox.start();
    } else {
      this.combobox.clearSelection();
    }
  }

  close() {
    clearTimeout(this.timer);
    this.asked = "";
    if (this.list.hidden) return;
    this.combobox.stop();
    this.list.hidden = true;
    this.list.replaceChildren();
  }
}

for (const input of document.querySelectorAll("input[data-suggest]")) {
  const list = document.getElementById(input.dataset.list);
  const status = document.getElementById(input.dataset.status);
  if (list && status) new Suggestions(input, list, status);
}

// "/" leads to the search, unless one writes or has switched it off.
const slash = "plumbline-slash";
const off = () => {
  try {
    return localStorage.getItem(slash) === "off";
  } catch {
    return false;
  }
};
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || off()) return;
  if (event.target.closest("input, textarea, select, [contenteditable]")) return;
  const field = document.querySelector("input[data-suggest]");
  if (!field) return;
  event.preventDefault();
  field.focus();
  field.select();
});
const choice = document.getElementById("slash-choice");
if (choice) {
  choice.closest("[hidden]").hidden = false;
  choice.checked = !off();
  choice.addEventListener("change", () => {
    try {
      localStorage.setItem(slash, choice.checked ? "on" : "off");
    } catch {
      choice.checked = true;
    }
  });
}
