// The network that one explores: the tables of the page, drawn. The address is the state, and the
// server's tables are the one truth: each step asks for the page at the new address, puts its tables
// in place, and draws what they hold. Without this script the same links lead to the same pages.
(() => {
  "use strict";

  const section = document.getElementById("explorer");
  if (!section || typeof cytoscape !== "function") return;
  const canvas = document.getElementById("network-canvas");
  const status = document.getElementById("network-status");
  const form = document.getElementById("network-form");
  const tables = () => document.getElementById("network-tables");
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const dark = matchMedia("(prefers-color-scheme: dark)");

  // What the tables hold.
  const readElements = (root) => {
    const elements = [];
    for (const row of root.querySelectorAll("tr[data-node]")) {
      elements.push({
        group: "nodes",
        data: { id: row.dataset.node, name: row.dataset.name, kind: row.dataset.kind, center: row.dataset.center || "", undisclosed: row.dataset.undisclosed || "" },
        position: { x: Number(row.dataset.x) || 0, y: Number(row.dataset.y) || 0 },
      });
    }
    const known = new Set(elements.map((e) => e.data.id));
    for (const row of root.querySelectorAll("tr[data-link]")) {
      const { link, subject, object, label, status } = row.dataset;
      if (known.has(subject) && known.has(object)) {
        elements.push({ group: "edges", data: { id: link, source: subject, target: object, label, status: status || "" } });
      }
    }
    return elements;
  };

  const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim() || "#777";
  const shapes = { company: "round-rectangle", unit: "hexagon", service: "ellipse", system: "round-diamond", person: "round-triangle", group: "octagon",
    organization: "round-pentagon", contract: "tag", facility: "barrel", event: "star", inquiry: "vee", case: "rhomboid" };
  const shorten = (name) => ([...name].length > 48 ? [...name].slice(0, 47).join("") + "…" : name);
  let letters = 12; // their size, so that they can be read at the zoom that shows everything
  const style = () => {
    const text = color("--pico-color");
    const back = color("--pico-background-color");
    const family = getComputedStyle(document.body).fontFamily;
    const line = (selector, look) => ({ selector: `edge[status="${selector}"]`, style: look });
    return [
      { selector: "node", style: { label: (n) => shorten(n.data("name")), "text-overflow-wrap": "whitespace", shape: (n) => shapes[n.data("kind")] || "ellipse", width: 26, height: 26, "background-color": color("--calm"), "border-width": 2, "border-color": text,
        color: text, "font-family": family, "font-size": letters, "text-wrap": "wrap", "text-max-width": letters * 11, "text-valign": "bottom", "text-margin-y": 4, "text-background-color": back, "text-background-opacity": 0.8, "text-background-padding": 1 } },
      { selector: 'node[kind="unit"]', style: { "background-color": color("--warn") } },
      { selector: 'node[kind="company"]', style: { "background-color": color("--good") } },
      { selector: 'node[undisclosed="true"]', style: { "background-opacity": 0.2, "border-style": "dashed", "font-style": "italic" } },
      { selector: 'node[center="true"]', style: { width: 40, height: 40, "border-width": 4 } },
      { selector: "node:locked", style: { "border-style": "double", "border-width": 6 } },
      { selector: "edge", style: { width: 1.6, "line-color": color("--quiet"), "target-arrow-color": color("--quiet"), "target-arrow-shape": "triangle", "arrow-scale": 0.8, "curve-style": "bezier" } },
      line("active", { "line-color": color("--good"), "target-arrow-color": color("--good"), width: 2.4 }),
      line("disabled", { "line-color": color("--bad"), "target-arrow-color": color("--bad"), "line-style": "dotted", width: 2.4 }),
      line("ended", { "line-color": color("--bad"), "target-arrow-color": color("--bad"), "line-style": "dotted" }),
      line("restricted", { "line-color": color("--warn"), "target-arrow-color": color("--warn"), "line-style": "dashed", width: 2.4 }),
      line("suspended", { "line-color": color("--warn"), "target-arrow-color": color("--warn"), "line-style": "dashed" }),
      line("planned", { "line-color": color("--warn"), "target-arrow-color": color("--warn"), "line-style": "dashed" }),
      line("unknown", { "line-style": "dotted", width: 2 }),
      { selector: "edge:selected, edge.near", style: { width: 4, label: "data(label)", "font-family": family, "font-size": letters, color: text, "text-background-color": back, "text-background-opacity": 0.9, "text-rotation": "autorotate" } },
      { selector: "node:selected", style: { "overlay-color": color("--calm"), "overlay-opacity": 0.35, "overlay-padding": 8 } },
    ];
  };

  // The server's drawing gives way to the canvas.
  for (const element of section.querySelectorAll("[data-script]")) element.hidden = false;
  for (const element of section.querySelectorAll("[data-noscript]")) element.hidden = true;

  const cy = cytoscape({ container: canvas, elements: readElements(section), style: style(), layout: { name: "preset" }, minZoom: 0.1, maxZoom: 4, wheelSensitivity: 0.4 });
  dark.addEventListener("change", () => cy.style(style()));

  // Pinned entities stay where they are; the part of the address after # says where.
  const readPins = () => {
    const pins = new Map();
    for (const one of decodeURIComponent(location.hash).replace(/^#pins=/, "").split(",")) {
      const [id, x, y] = one.split(":");
      if (/^[0-9a-f-]{36}$/.test(id) && Number.isFinite(Number(x)) && Number.isFinite(Number(y))) pins.set(id, { x: Number(x), y: Number(y) });
    }
    return pins;
  };
  const pins = readPins();
  const writePins = () => {
    const hash = [...pins].map(([id, at]) => `${id}:${Math.round(at.x)}:${Math.round(at.y)}`).join(",");
    history.replaceState(null, "", location.pathname + location.search + (hash ? `#pins=${hash}` : ""));
    writeShare();
  };
  const applyPins = () => {
    for (const [id, at] of pins) {
      const node = cy.getElementById(id);
      if (node.nonempty()) node.unlock().position(at).lock();
    }
    for (const button of section.querySelectorAll("button[data-pin]")) {
      button.hidden = false;
      button.setAttribute("aria-pressed", String(pins.has(button.dataset.pin)));
    }
  };
  const togglePin = (id) => {
    const node = cy.getElementById(id);
    if (node.empty()) return;
    if (pins.delete(id)) node.unlock();
    else pins.set(id, { ...node.position() });
    writePins();
    applyPins();
  };

  const arrange = () => {
    const before = new Map(cy.nodes().map((n) => [n.id(), { ...n.position() }]));
    const fixed = [...pins].filter(([id]) => cy.getElementById(id).nonempty()).map(([nodeId, position]) => ({ nodeId, position }));
    cy.layout({ name: "fcose", randomize: false, animate: false, fit: false, nodeSeparation: 140, idealEdgeLength: 150, nodeRepulsion: 12000,
      nodeDimensionsIncludeLabels: true, fixedNodeConstraint: fixed.length ? fixed : undefined }).run();
    const after = new Map(cy.nodes().map((n) => [n.id(), { ...n.position() }]));
    if (!fixed.length) fill(after);
    const settled = cy.layout({ name: "preset", positions: (n) => after.get(n.id()), animate: !calm.matches, animationDuration: 400, fit: false });
    if (!calm.matches) cy.nodes().positions((n) => before.get(n.id()) || after.get(n.id()));
    settled.one("layoutstop", showAll);
    settled.run();
  };

  // Makes an arrangement as wide and high as the canvas is: turned where that fits better, then
  // pulled apart the one way or the other.
  const fill = (at) => {
    const spread = (of) => {
      const all = [...at.values()].map(of);
      return Math.max(...all) - Math.min(...all) || 1;
    };
    let wide = spread((p) => p.x) / spread((p) => p.y);
    const wanted = Math.max(cy.width() - 140, 100) / Math.max(cy.height() - 90, 100);
    if (at.size > 2 && Math.abs(Math.log(1 / wide / wanted)) + 0.3 < Math.abs(Math.log(wide / wanted))) {
      for (const p of at.values()) [p.x, p.y] = [p.y, p.x];
      wide = 1 / wide;
    }
    const pull = Math.min(2.2, Math.max(wanted / wide, wide / wanted));
    for (const p of at.values()) p[wanted > wide ? "x" : "y"] *= pull;
  };

  // Shows everything, no larger than life, in letters that can be read.
  const showAll = () => {
    cy.fit(undefined, 30);
    if (cy.zoom() > 1.3) {
      cy.zoom(1.3);
      cy.center();
    }
    const size = Math.min(22, Math.max(11, Math.round(12.5 / cy.zoom())));
    if (size === letters) return;
    letters = size;
    cy.style(style());
    cy.fit(undefined, 30);
    if (cy.zoom() > 1.3) {
      cy.zoom(1.3);
      cy.center();
    }
  };

  // Drawing and tables point at each other.
  const mark = (id) => {
    for (const row of section.querySelectorAll("tr[aria-current]")) row.removeAttribute("aria-current");
    cy.elements().unselect().removeClass("near");
    const element = cy.getElementById(id);
    if (element.empty()) return;
    element.select();
    if (element.isNode()) element.connectedEdges().addClass("near");
    const row = section.querySelector(`tr[data-node="${CSS.escape(id)}"], tr[data-link="${CSS.escape(id)}"]`);
    if (row) row.setAttribute("aria-current", "true");
    const chosen = document.getElementById("network-chosen");
    chosen.textContent = row ? row.dataset.name || row.dataset.label : "";
    for (const button of section.querySelectorAll("[data-act]")) button.disabled = !element.isNode() && button.dataset.act !== "show";
    section.dataset.chosen = id;
  };
  cy.on("tap", "node, edge", (event) => {
    const id = event.target.id();
    const first = section.dataset.chosen;
    if (event.originalEvent && event.originalEvent.shiftKey && first && event.target.isNode() && cy.getElementById(first).isNode() && first !== id) {
      go(withParameters({ entity: first, to: id, expand: "" }));
      return;
    }
    mark(id);
  });
  cy.on("dbltap", "node", (event) => expand(event.target.id()));
  section.addEventListener("focusin", (event) => {
    const row = event.target.closest("tr[data-node], tr[data-link]");
    if (row) mark(row.dataset.node || row.dataset.link);
  });

  const withParameters = (changes) => {
    const address = new URL(location.href);
    for (const [name, value] of Object.entries(changes)) {
      if (value) address.searchParams.set(name, value);
      else address.searchParams.delete(name);
    }
    return address;
  };
  const expand = (id) => {
    const row = section.querySelector(`tr[data-node="${CSS.escape(id)}"] a[data-expand]`);
    if (row) go(new URL(row.href));
  };

  // One step: the page at another address, and what it holds in place of what this one holds.
  let steps = 0;
  const go = async (address, push = true) => {
    const step = ++steps;
    section.setAttribute("aria-busy", "true");
    let parsed;
    try {
      const answer = await fetch(address);
      parsed = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (!parsed.getElementById("network-tables")) throw new Error("another page");
      address = new URL(answer.url);
    } catch {
      location.assign(address); // the page says what is wrong
      return;
    }
    if (step !== steps) return;
    section.removeAttribute("aria-busy");
    if (push) history.pushState(null, "", address.pathname + address.search + location.hash);

    const focused = document.activeElement && document.activeElement.closest("tr[data-node]");
    const back = focused && [focused.dataset.node, document.activeElement.dataset.act || document.activeElement.tagName];
    for (const id of ["network-tables", "network-notes", "network-form", "network-files", "network-legend"]) {
      const from = parsed.getElementById(id);
      const to = document.getElementById(id);
      if (from && to) to.replaceChildren(...from.childNodes);
    }
    for (const element of section.querySelectorAll("[data-script]")) element.hidden = false;
    update(readElements(section));
    if (back) {
      const row = section.querySelector(`tr[data-node="${CSS.escape(back[0])}"]`);
      const target = row && (row.querySelector("a[data-expand]") || row.querySelector("a"));
      if (target) target.focus();
    }
    status.textContent = tables().dataset.summary || "";
    writeShare();
  };

  const update = (elements) => {
    const wanted = new Map(elements.map((e) => [e.data.id, e]));
    cy.batch(() => {
      cy.elements().filter((e) => !wanted.has(e.id())).remove();
      const added = [];
      for (const [id, element] of wanted) {
        const known = cy.getElementById(id);
        if (known.nonempty()) known.data(element.data);
        else added.push(element);
      }
      for (const element of added.filter((e) => e.group === "nodes")) {
        // What is new begins beside what it is tied to.
        const edge = elements.find((e) => e.group === "edges" && (e.data.source === element.data.id || e.data.target === element.data.id) &&
          cy.getElementById(e.data.source === element.data.id ? e.data.target : e.data.source).nonempty());
        if (edge) {
          const at = cy.getElementById(edge.data.source === element.data.id ? edge.data.target : edge.data.source).position();
          element.position = { x: at.x + (element.position.x % 80) - 40, y: at.y + (element.position.y % 80) - 40 };
        }
      }
      cy.add(added);
    });
    applyPins();
    arrange();
  };

  section.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-step]");
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      go(new URL(link.href));
      return;
    }
    const pin = event.target.closest("button[data-pin]");
    if (pin) togglePin(pin.dataset.pin);
    const act = event.target.closest("[data-act]");
    if (act) acts[act.dataset.act]();
  });
  const submit = () => {
    const values = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (value) values.append(name, value);
    for (const name of new Set(values.keys())) {
      const all = values.getAll(name);
      if (all.length > 1) values.set(name, all.join(","));
    }
    const address = new URL(form.action);
    address.search = values.toString();
    go(address);
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });
  form.addEventListener("change", (event) => {
    if (event.target.matches("select, input[type=checkbox], input[type=date]")) submit();
  });
  addEventListener("popstate", () => go(new URL(location.href), false));

  const download = (blob, name) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  };
  const share = document.getElementById("network-share");
  const writeShare = () => {
    share.value = location.href;
  };
  const acts = {
    expand: () => expand(section.dataset.chosen),
    pin: () => togglePin(section.dataset.chosen),
    only: () => go(withParameters({ entity: section.dataset.chosen, to: "", expand: "" })),
    open: () => {
      const link = section.querySelector(`tr[data-node="${CSS.escape(section.dataset.chosen)}"] th a`);
      if (link) location.assign(link.href);
    },
    fit: showAll,
    closer: () => cy.zoom({ level: cy.zoom() * 1.3, renderedPosition: { x: cy.width() / 2, y: cy.height() / 2 } }),
    farther: () => cy.zoom({ level: cy.zoom() / 1.3, renderedPosition: { x: cy.width() / 2, y: cy.height() / 2 } }),
    arrange,
    png: async () => download(await cy.png({ output: "blob-promise", full: true, scale: 2, bg: color("--pico-background-color"), maxWidth: 4096, maxHeight: 4096 }), "plumbline-network.png"),
    copy: async () => {
      try {
        await navigator.clipboard.writeText(share.value);
      } catch {
        share.focus();
        share.select();
      }
      status.textContent = share.dataset.copied;
    },
  };

  applyPins();
  writeShare();
  arrange();
  section.dataset.ready = "true";
  window.plumblineNetwork = cy; // for tests and the curious
})();
