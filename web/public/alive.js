// Until the page runs: tells the visitor what failed and what to do. Apart from all other files, and in words that
// every browser with scripts understands, so that it can speak when those do not load or do not run.
(function () {
  "use strict";
  let missing = ""; // a file that was asked for early, and did not come

  function nameOf(address) {
    return address.split("?")[0].split("/").pop();
  }

  function tell(what) {
    const why = document.getElementById("dead-why");
    if (why && !why.textContent) {
      why.textContent = what;
      why.parentNode.className = "told";
    }
  }

  function failed(event) {
    const from = event.target || {};
    const address = from.src || from.href;
    if (!address) {
      tell(event.message ? "It stopped with: " + event.message : "Something in it stopped.");
    } else if (from.rel && from.rel !== "stylesheet") {
      missing = missing || nameOf(address);
    } else {
      tell("Its file " + (missing || nameOf(address)) + " could not be loaded.");
    }
  }

  function rejected(event) {
    const reason = event.reason;
    tell("It stopped with: " + ((reason && reason.message) || String(reason)));
  }

  // A style sheet that is missing stops nothing, and is told all the same.
  window.addEventListener("alive", function () {
    const dead = document.getElementById("dead");
    window.removeEventListener("error", failed, true);
    window.removeEventListener("unhandledrejection", rejected);
    if (dead && !dead.className) {
      dead.parentNode.removeChild(dead);
    }
  });
  window.addEventListener("error", failed, true);
  window.addEventListener("unhandledrejection", rejected);
})();
