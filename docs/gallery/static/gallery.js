// Players of the page "Listen": one sounds at a time, and a line in its picture shows where it is.
for (const audio of document.querySelectorAll(".piece audio")) {
  const now = audio.closest(".piece").querySelector(".now");
  const from = now ? now.x1.baseVal.value : 0;
  const span = now ? now.ownerSVGElement.viewBox.baseVal.width - 8 - from : 0;
  const move = () => {
    now?.setAttribute("transform", `translate(${(span * audio.currentTime) / audio.duration || 0})`);
    if (!audio.paused) requestAnimationFrame(move);
  };
  audio.addEventListener("play", () => {
    for (const other of document.querySelectorAll(".piece audio")) if (other !== audio) other.pause();
    now?.classList.add("moving");
    move();
  });
  audio.addEventListener("seeked", move);
}
