// Turns the drawn maps of a page into moving ones: [data-map] shows issues or one place, [data-map-pick] asks
// for a place. Loads nothing before a map is wanted.

import { makeMap } from "./leaflet.js";

function mark(L, className, size, words) {
  return { icon: L.divIcon({ className, iconSize: [size, size], html: "" }), title: words, alt: words };
}

function place(L, layer, at, options, onChoose) {
  const marker = L.marker(at, options).addTo(layer);
  const element = marker.getElement();
  element?.setAttribute("aria-label", options.alt);
  if (onChoose) marker.on("click keypress", onChoose);
  return marker;
}

function drawCluster({ L, map, layer }, [lat, lng, count], closer) {
  const size = Math.round(Math.min(54, 34 + 6 * Math.log10(count)));
  const marker = place(L, layer, [lat, lng], mark(L, "map-bubble", size, `${count} ${closer}`), () =>
    map.setView([lat, lng], Math.min(map.getZoom() + 2, 18)),
  );
  marker.getElement().textContent = count > 999 ? `${Math.round(count / 1000)}k` : count;
}

function drawPin({ L, layer }, pin) {
  const words = `${pin.title}: ${pin.status}`;
  const shape = `map-stop tone-${pin.tone}${pin.coarse ? " is-coarse" : ""}`;
  const link = Object.assign(document.createElement("a"), { href: pin.href, textContent: pin.title });
  const popup = document.createElement("div");
  popup.append(link, document.createElement("br"), pin.status);
  place(L, layer, pin.at, mark(L, shape, 24, words)).bindPopup(popup);
}

async function browse(frame, canvas, data) {
  const made = await makeMap(canvas, data);
  const layer = made.L.layerGroup().addTo(made.map);
  const status = document.querySelector("[data-map-status]");
  let latest = 0;
  const load = async () => {
    const number = (latest += 1);
    const join = data.src.includes("?") ? "&" : "?";
    const box = made.map.getBounds().toBBoxString();
    const answer = await fetch(`${data.src}${join}box=${box}&zoom=${Math.round(made.map.getZoom())}`).catch(() => null);
    if (number !== latest) return; // the map moved on
    if (status) status.textContent = answer?.ok ? "" : data.failed;
    if (!answer?.ok) return;
    const found = await answer.json();
    layer.clearLayers();
    for (const cluster of found.clusters) drawCluster({ ...made, layer }, cluster, data.closer);
    for (const pin of found.pins) drawPin({ ...made, layer }, pin);
  };
  made.map.on("moveend", load);
  const [west, south, east, north] = data.box.split(",").map(Number);
  made.map.fitBounds([[south, west], [north, east]], { animate: false, padding: [24, 24] });
  frame.querySelector("[data-map-plain]")?.remove();
}

async function show(canvas, data) {
  const { L, map } = await makeMap(canvas, data);
  const at = data.at.split(",").map(Number);
  map.setView(at, data.coarse ? 15 : 17, { animate: false });
  if (data.coarse) L.circle(at, { radius: 200, className: "map-coarse" }).addTo(map);
  else place(L, map, at, mark(L, "map-stop tone-move", 26, data.words));
}

function read(element) {
  const found = {};
  for (const [key, value] of Object.entries(element.dataset)) {
    if (key.startsWith("map") && key !== "map") found[key[3].toLowerCase() + key.slice(4)] = value;
  }
  return found;
}

for (const frame of document.querySelectorAll("[data-map]")) {
  const canvas = frame.querySelector("[data-map-canvas]");
  const data = read(frame);
  const open = () => (data.src ? browse(frame, canvas, data) : show(canvas, data));
  const button = frame.querySelector("[data-map-open]");
  if (button) {
    button.hidden = false;
    button.addEventListener("click", () => {
      button.remove();
      open();
    });
  } else {
    open();
  }
}

const form = document.querySelector("[data-map-form]");
if (form) {
  form.hidden = false;
  const button = form.querySelector("[data-map-show]");
  button.addEventListener("click", async () => {
    const { pick } = await import("./pick.js");
    button.hidden = true;
    await pick(form);
  });
}
