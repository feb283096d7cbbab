// Runs before the first paint, so that the page never flashes in the other theme.
(() => {
  let choice = null;
  try { choice = localStorage.getItem("alveole.theme"); } catch { /* storage is off: the system decides */ }
  const dark = choice === "dark" || (choice !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.theme = dark ? "dark" : "light";
})();
