// What works with a script alone: filtering rows, sorting tables, the search. Without it everything can be read.
"use strict";
for (const box of document.querySelectorAll(".filter:has([data-filter])")) {
  box.hidden = false;
  const [input, choice] = [box.querySelector("input"), box.querySelector("select")];
  const place = document.getElementById(input.dataset.filter);
  const count = box.querySelector("[role=status]");
  const items = [...place.querySelectorAll("li, tr")];
  box.addEventListener("input", () => {
    const status = choice ? choice.value : "";
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const item of items) {
      const text = item.textContent.toLowerCase();
      item.hidden = !words.every((word) => text.includes(word)) || (status !== "" && !item.classList.contains(status));
      shown += !item.hidden;
    }
    count.textContent = words.length || status ? `${shown} / ${items.length}` : "";
  });
}
for (const table of document.querySelectorAll("table.sortable")) {
  const body = table.tBodies[0];
  [...table.tHead.rows[0].cells].forEach((head, place) => {
    const button = document.createElement("button");
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const key = (row) => {
        const data = row.cells[place].querySelector("data");
        return data ? Number(data.value) : row.cells[place].textContent.trim();
      };
      const order = (a, b) => {
        const [x, y] = [key(a), key(b)];
        return typeof x === "number" && typeof y === "number" ? x - y : String(x).localeCompare(String(y), document.documentElement.lang, { numeric: true });
      };
      const rows = [...body.rows].sort(order);
      body.append(...(down ? rows.reverse() : rows));
    });
  });
}

const words = document.getElementById("search-words");
if (words && window.ENTRIES) {
  const MOST = 100;
  const [found, count] = ["search-found", "search-count"].map((id) => document.getElementById(id));
  const home = found.dataset.root.replace(/index\.html$/, "");
  words.closest(".filter").hidden = false;
  document.getElementById("search-without").hidden = true;
  const look = () => {
    const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
    const hits = wanted.length ? window.ENTRIES.filter(([title, about]) => wanted.every((w) => `${title} ${about}`.toLowerCase().includes(w))) : [];
    found.replaceChildren(...hits.slice(0, MOST).map(([title, about, address]) => {
      const [item, link, note] = ["li", "a", "span"].map((name) => document.createElement(name));
      link.href = home + address;
      link.textContent = title;
      note.className = "note";
      note.textContent = ` ${about}`;
      item.append(link, note);
      return item;
    }));
    count.textContent = wanted.length ? String(hits.length) : "";
  };
  words.addEventListener("input", look);
  words.value = new URLSearchParams(location.search).get("q") || "";
  look();
}
