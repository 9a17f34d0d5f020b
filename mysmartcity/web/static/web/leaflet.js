// Loads Leaflet from our own origin when a map is wanted, and draws borders where no tiles are.

const BASE = new URL("../leaflet/", import.meta.url);
let loading;

function add(tag, attributes) {
  return new Promise((resolve, reject) => {
    const element = Object.assign(document.createElement(tag), attributes);
    element.addEventListener("load", resolve);
    element.addEventListener("error", reject);
    document.head.append(element);
  });
}

/** The Leaflet library, loaded once. */
export function leaflet() {
  const sources = document.querySelector("[data-leaflet]").dataset;
  loading ??= Promise.all([
    add("link", { rel: "stylesheet", href: sources.leafletCss ?? `${BASE}leaflet.css` }),
    add("script", { src: sources.leaflet ?? `${BASE}leaflet.js` }),
  ]).then(() => window.L);
  return loading;
}

/** A moving map in `canvas`. `data`: outlines, tiles and credit from the page. */
export async function makeMap(canvas, data) {
  const L = await leaflet();
  canvas.replaceChildren();
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const zoomSnap = data.tiles ? 1 : 0.5; // tiles are sharp at whole zooms only
  const map = L.map(canvas, { zoomAnimation: !still, fadeAnimation: !still, zoomSnap, minZoom: 4, maxZoom: 19 });
  map.attributionControl.setPrefix(false);
  if (data.tiles) L.tileLayer(data.tiles, { attribution: data.credit, maxZoom: 19 }).addTo(map);
  if (data.outlines) drawBorders(L, map, data);
  return { L, map };
}

function drawBorders(L, map, data) {
  const style = { className: "map-border", fillOpacity: data.tiles ? 0 : 0.55, weight: 1 };
  const layer = L.geoJSON(null, { interactive: false, style }).addTo(map);
  let shown = "";
  const load = async () => {
    const box = map.getBounds().pad(0.3).toBBoxString();
    if (box === shown) return;
    shown = box;
    const answer = await fetch(`${data.outlines}?box=${box}`).catch(() => null);
    if (!answer?.ok) return; // without borders the pins still show
    const found = await answer.json();
    layer.clearLayers();
    layer.addData(found);
    layer.bringToBack();
  };
  map.on("moveend", load);
  map.whenReady(load);
}
