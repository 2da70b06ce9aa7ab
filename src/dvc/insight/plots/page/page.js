// Draws the page: charts by Vega-Embed, revisions to hide and show, plots to search for, images to look at closely.
"use strict";
document.addEventListener("DOMContentLoaded", () => {
  const root = document.querySelector(".cairn-plots");
  const data = JSON.parse(document.getElementById("cairn-data").textContent);
  const hidden = new Set();
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const sections = [...root.querySelectorAll("section")];

  // Text that is a number to the letter sorts as one; what is drawn as numbers comes as numbers already.
  function cell(value) {
    if (typeof value !== "string") return value;
    const number = Number(value);
    return String(number) === value && Number.isFinite(number) ? number : value;
  }
  function shown(rows) {
    return rows.filter((row) => !hidden.has(row.rev)).map((row) => Object.fromEntries(Object.entries(row).map(([key, value]) => [key, key === "rev" ? value : cell(value)])));
  }
  // Fills the spec's one place for data with the rows of the revisions that are shown.
  function filled(node, rows) {
    if (node === data.place) return rows;
    if (Array.isArray(node)) return node.map((item) => filled(item, rows));
    if (node && typeof node === "object") return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, filled(value, rows)]));
    return node;
  }
  async function draw(box) {
    const chart = data.charts[box.dataset.chart];
    const spec = filled(chart.spec, shown(chart.rows));
    const faceted = spec.facet || spec.encoding?.column || spec.encoding?.row || spec.hconcat || spec.vconcat || spec.concat || spec.repeat;
    const split = spec.facet || (spec.encoding?.column?.field ?? spec.encoding?.row?.field);
    if (spec.width === data.size && !(faceted && split)) {
      spec.width = "container";
      spec.autosize = { type: "fit-x", contains: "padding" };
    }
    if (spec.spec?.width === data.size) spec.spec.width = spec.spec.height = Math.min(data.size, Math.max(160, box.clientWidth - 130));
    // What is wider than its frame scrolls in it, and its title must be in sight from the start.
    if (split && box.clientWidth < 640 && spec.title?.anchor === "middle") spec.title.anchor = "start";
    box.closest("section").classList.toggle("wide", Boolean(split) && chart.revisions.length > 1);
    try {
      const view = await vegaEmbed(box, spec, {
        renderer: chart.rows.length > 5000 ? "canvas" : "svg",
        actions: { export: true, source: false, compiled: false, editor: false },
        logLevel: vega.Error,
        theme: dark ? "dark" : undefined,
        config: { background: null, view: { stroke: null }, legend: { orient: "bottom", columns: 3, labelLimit: 260 } },
      });
      box.view = view;
      box.dataset.drawn = "yes";
    } catch (error) {
      box.textContent = `This plot cannot be drawn: ${error.message}`;
      box.dataset.drawn = "failed";
    }
  }
  const boxes = [...root.querySelectorAll(".chart")];
  const waiting = new IntersectionObserver((entries) => {
    for (const entry of entries) if (entry.isIntersecting) { waiting.unobserve(entry.target); draw(entry.target); }
  }, { rootMargin: "600px" });
  boxes.forEach((box) => waiting.observe(box));

  for (const button of root.querySelectorAll("header button[data-rev]")) {
    button.addEventListener("click", () => {
      const rev = button.dataset.rev;
      if (!hidden.delete(rev)) hidden.add(rev);
      button.setAttribute("aria-pressed", String(!hidden.has(rev)));
      for (const figure of root.querySelectorAll("figure")) figure.hidden = hidden.has(figure.dataset.rev);
      for (const box of boxes) if (box.dataset.drawn) { box.view?.finalize(); draw(box); }
    });
  }
  root.querySelector("input[type=search]")?.addEventListener("input", (event) => {
    const word = event.target.value.toLowerCase();
    for (const section of sections) section.hidden = !section.dataset.name.toLowerCase().includes(word);
  });

  const dialog = root.querySelector("dialog");
  const large = dialog.querySelector("img");
  for (const button of root.querySelectorAll("figure button")) {
    button.addEventListener("click", () => {
      large.src = button.querySelector("img").src;
      large.className = "";
      dialog.querySelector("p").textContent = button.querySelector("img").alt;
      dialog.showModal();
    });
  }
  large.addEventListener("click", () => large.classList.toggle("actual"));
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
});
