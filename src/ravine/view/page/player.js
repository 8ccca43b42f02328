"use strict";
(() => {
  const race = JSON.parse(document.getElementById("race").textContent);
  const find = (id) => document.getElementById(id);
  const [play, slider, shown, speed] = ["play", "step", "shown", "speed"].map(find);
  const space = "http://www.w3.org/2000/svg";
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)");
  const make = (name, attributes, parent) => {
    const node = document.createElementNS(space, name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    return parent.appendChild(node);
  };

  // The paths are drawn into the picture's own coordinates, cut at the edge of the axes.
  const picture = document.querySelector("figure svg");
  const clip = make("clipPath", { id: "view" }, picture);
  make("rect", race.view, clip);
  const layer = make("g", { "clip-path": "url(#view)", fill: "none", "stroke-width": 1.9, "stroke-linejoin": "round" }, picture);
  const rules = race.rules.map((rule) => {
    const style = { stroke: `var(--${rule.colour})`, "stroke-dasharray": rule.dash, "stroke-linecap": rule.dash ? "butt" : "round" };
    const row = find("rules").insertRow();
    const button = row.insertCell().appendChild(document.createElement("button"));
    button.type = "button";
    button.setAttribute("aria-pressed", "true");
    const sample = make("svg", { viewBox: "0 0 40 10", "aria-hidden": "true" }, button);
    make("path", { d: "M1 5H39", fill: "none", "stroke-width": 2.4, ...style }, sample);
    button.append(rule.label);
    row.insertCell().textContent = rule.rate;
    const cell = row.insertCell();
    const line = make("polyline", style, layer);
    const head = make("circle", { r: 3.6, fill: `var(--${rule.colour})`, stroke: "var(--paper)", "stroke-width": 1 }, layer);
    button.addEventListener("click", () => {
      const on = button.getAttribute("aria-pressed") !== "true";
      button.setAttribute("aria-pressed", String(on));
      for (const node of [line, head]) node.style.display = on ? "" : "none";
    });
    return { ...rule, line, head, cell };
  });

  const raised = (text) => text.replace(/[-\d]/g, (sign) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(sign)]);
  const written = (value) => {
    if (value === null || value === undefined) return race.words.diverged;
    const size = Math.abs(value);
    let text = size === 0 ? "0" : size < 1e-3 || size >= 1e5 ? value.toExponential(1) : String(Number(value.toPrecision(3)));
    text = text.replace("-", "−").replace(/^−?[\d.]+e.*$/, () => {
      const [mantissa, power] = value.toExponential(1).split("e");
      return `${mantissa.replace("-", "−")}·10${raised(String(Number(power)))}`;
    });
    return document.documentElement.lang === "pl" ? text.replace(".", ",") : text;
  };

  let now = 0;
  let running = false;
  let before = null;
  let due = 0;
  const draw = () => {
    const whole = Math.floor(now);
    for (const rule of rules) {
      const last = rule.points.length - 1;
      const at = Math.min(whole, last);
      const points = rule.points.slice(0, at + 1);
      if (now > whole && at < last) {
        const [a, b] = [rule.points[at], rule.points[at + 1]];
        points.push([a[0] + (b[0] - a[0]) * (now - whole), a[1] + (b[1] - a[1]) * (now - whole)]);
      }
      rule.line.setAttribute("points", points.join(" "));
      const [x, y] = points[points.length - 1];
      rule.head.setAttribute("cx", x);
      rule.head.setAttribute("cy", y);
      rule.cell.textContent = written(rule.values[whole]);
    }
    slider.value = String(whole);
    shown.textContent = race.words.step.replace("{step}", String(whole));
    slider.setAttribute("aria-valuetext", shown.textContent);
  };
  const halt = () => {
    running = false;
    before = null;
    delete play.dataset.on;
    play.ariaLabel = play.title = race.words.play;
  };
  const to = (step) => {
    now = Math.max(0, Math.min(race.last, step));
    draw();
  };
  const tick = (time) => {
    if (!running) return;
    const passed = before === null ? 0 : Math.min(0.1, (time - before) / 1000);
    before = time;
    const pace = (race.last / race.seconds) * Number(speed.value);
    if (calm.matches) {
      // Stills one after another in place of movement.
      due += passed;
      if (due >= 0.7) {
        due = 0;
        to(Math.round(now + 0.7 * pace));
      }
    } else to(now + passed * pace);
    if (now >= race.last) halt();
    else window.requestAnimationFrame(tick);
  };
  const go = () => {
    if (now >= race.last) to(0);
    running = true;
    play.dataset.on = "";
    play.ariaLabel = play.title = race.words.pause;
    window.requestAnimationFrame(tick);
  };

  play.addEventListener("click", () => (running ? halt() : go()));
  slider.addEventListener("input", () => {
    halt();
    to(Number(slider.value));
  });
  const faster = (by) => {
    speed.selectedIndex = Math.max(0, Math.min(speed.options.length - 1, speed.selectedIndex + by));
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.tagName === "SELECT") return;
    const far = event.shiftKey ? 10 : 1;
    const actions = {
      " ": () => (running ? halt() : go()),
      ArrowRight: () => (halt(), to(Math.floor(now) + far)),
      ArrowLeft: () => (halt(), to(Math.ceil(now) - far)),
      Home: () => (halt(), to(0)),
      End: () => (halt(), to(race.last)),
      "+": () => faster(1),
      "-": () => faster(-1),
    };
    // A focused button is pressed by the space bar itself.
    if (event.key === " " && event.target.tagName === "BUTTON") return;
    if (actions[event.key]) {
      event.preventDefault();
      actions[event.key]();
    }
  });
  document.querySelector(".theme").addEventListener("click", () => {
    const root = document.documentElement;
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : window.matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
  });

  to(calm.matches ? race.last : 0);
  if (!calm.matches) go();
})();
