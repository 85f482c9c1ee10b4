// folium's popups write $(`...`)[0] and $(document).ready(f): all of jQuery that they need.
window.$ = window.$ || ((given) => {
  if (typeof given !== "string") return { ready: (f) => (document.readyState === "loading" ? document.addEventListener("DOMContentLoaded", f) : f()) };
  const template = document.createElement("template");
  template.innerHTML = given.trim();
  return [template.content.firstElementChild];
});
