"use strict";

// The page holds a terminal and nothing else, so keys go there whenever the page is seen, without a click before.
function listen() {
  if (!document.hidden) document.querySelector("#terminal textarea")?.focus();
}

// A message before the socket is open is lost, so it waits for what the screen first draws.
new MutationObserver(listen).observe(document.body, { attributeFilter: ["class"] });
document.addEventListener("visibilitychange", listen);
document.addEventListener("click", listen);
window.addEventListener("focus", listen);
