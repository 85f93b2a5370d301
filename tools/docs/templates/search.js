// The search box: headings, columns and pages that hold all words. Without this script the pages are the same, less the box.
(() => {
  const MOST = 20;
  const form = document.querySelector("form[role=search]");
  const input = form.querySelector("input");
  const status = form.querySelector("[role=status]");
  const list = form.querySelector("ul");
  const { root } = document.documentElement.dataset;
  const folded = INDEX.map(([text, where]) => `${text} ${where}`.toLowerCase());

  // What is found by its own text comes before what is found by its page's title, short before long.
  const rank = (at, word) => [!INDEX[at][0].toLowerCase().includes(word), INDEX[at][0].length];
  const find = (words) =>
    [...folded.keys()]
      .filter((at) => words.every((word) => folded[at].includes(word)))
      .sort((a, b) => rank(a, words[0])[0] - rank(b, words[0])[0] || rank(a, words[0])[1] - rank(b, words[0])[1] || a - b);

  const show = () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    const found = words.length ? find(words) : [];
    list.replaceChildren(
      ...found.slice(0, MOST).map((at) => {
        const [text, where, address, lang] = INDEX[at];
        const link = Object.assign(document.createElement("a"), { href: root + address, lang });
        link.textContent = where ? `${text} – ${where}` : text;
        const item = document.createElement("li");
        item.append(link);
        return item;
      }),
    );
    status.textContent = !words.length ? "" : found.length ? `${found.length} ${form.dataset.found}` : form.dataset.none;
  };
  input.addEventListener("input", show);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    list.querySelector("a")?.click();
  });
  form.hidden = false;
})();
