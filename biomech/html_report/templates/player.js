"use strict";
// The transport of the scene: play, scrub, speed, camera, a second trial at equal per cent, knee flexion or time.
const Player = (() => {
  if (!$("scene-a")) return null;
  const main = new Scene($("scene-a"), $("live-a")), second = new Scene($("scene-b"), $("live-b"));
  let playing = false, before = 0, started = null;
  const other = () => ($("other") && $("other").value !== "" ? Data.trials[Number($("other").value)] : null);

  function load(index) {
    started = Promise.resolve(main.load(Data.trials[index]));
    $("trial").value = String(index);
    $("scrub").max = String(main.time.length - 1);
    $("name-a").textContent = main.trial.task ? `${main.trial.name}: ${main.trial.task}` : main.trial.name;
    return started;
  }

  function show(from) {
    if (Cursor.trial !== main.trial.name) load(Data.trials.findIndex((trial) => trial.name === Cursor.trial));
    const frame = main.frameAt(Cursor.time);
    $("scrub").value = String(frame);
    $("clock").textContent = `${minus(Cursor.time, 2)} s`;
    $("scrub").setAttribute("aria-valuetext", $("clock").textContent);
    main.go(frame);
    if (other()) second.go(second.frameAt(Compare.match(main, second, Cursor.time)));
  }

  function tick(now) {
    if (!playing) return;
    const passed = ((now - before) / 1000) * Number($("speed").value), last = main.time[main.time.length - 1];
    if (!main.busy) { // a slow machine leaves frames out
      before = now;
      const next = Cursor.time + passed;
      Cursor.move(main.trial.name, next > last ? main.time[0] : next, "play");
    }
    requestAnimationFrame(tick);
  }

  function play(on) {
    playing = on;
    $("play").textContent = on ? "❚❚ pause" : "▶ play";
    $("play").setAttribute("aria-pressed", String(on));
    before = performance.now();
    if (on) requestAnimationFrame(tick);
  }

  function compare() {
    const trial = other();
    $("second").hidden = !trial;
    if ($("sync-label")) $("sync-label").hidden = !trial;
    document.querySelector(".stage").classList.toggle("two", Boolean(trial));
    if (trial) {
      second.load(trial);
      const legs = [main.trial.name, trial.name].map((name) => Compare.legOf(name, $("sync-side").value));
      const words = legs[0] === legs[1] ? `${legs[0]} leg` : `${legs[1]} leg, against the ${legs[0]} leg`;
      $("name-b").textContent = [trial.task ? `${trial.name}: ${trial.task}` : trial.name, $("sync").value === "time" ? "" : words].filter(Boolean).join(", ");
    }
    requestAnimationFrame(() => {
      Plotly.Plots.resize(main.place);
      if (trial) Plotly.Plots.resize(second.place);
      show();
    });
  }

  const redraw = () => { main.draw(); if (other()) second.draw(); };
  $("trial").addEventListener("change", () => Cursor.move(Data.trials[Number($("trial").value)].name, 0, "trial"));
  $("scrub").addEventListener("input", () => Cursor.move(main.trial.name, main.time[Number($("scrub").value)], "scrub"));
  $("play").addEventListener("click", () => play(!playing));
  for (const id of ["other", "sync", "sync-side"]) if ($(id)) $(id).addEventListener("change", compare);
  for (const button of document.querySelectorAll("[data-camera]")) {
    button.addEventListener("click", () => [main, ...(other() ? [second] : [])].forEach((one) => one.look(button.dataset.camera)));
  }
  $("follow").addEventListener("change", () => { main.follow = second.follow = $("follow").checked; redraw(); });
  for (const name of ["axes", "markers"]) {
    if ($(name)) $(name).addEventListener("change", () => { main.show[name] = second.show[name] = $(name).checked; redraw(); });
  }
  Cursor.listeners.push(show);
  themed.push(redraw);
  const first = Data.trials.findIndex((trial) => trial.time.shape[0] > 1);
  // drawn once it is seen, like the panels
  const watch = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    watch.disconnect();
    const cycle = (Data.pages || []).flatMap((page) => page.cycles).find((one) => one.start !== null);
    const begin = cycle && Data.trials.some((trial) => trial.name === cycle.trial) ? cycle : { trial: Data.trials[Math.max(first, 0)].name, start: 0 };
    if (!started) Cursor.move(begin.trial, begin.start, "start");
  }, { rootMargin: "200px" });
  main.trial = { name: null };
  watch.observe($("scene-a"));
  return { main, second, play, ready: () => started };
})();
