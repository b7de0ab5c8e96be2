(function () {
  "use strict";
  const data = JSON.parse(document.getElementById("data").textContent);
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  // Okabe & Ito's palette, lighter where the page is dark.
  const LIGHT = ["#0072B2", "#D55E00", "#009E73", "#B0607F", "#3D9BD1", "#C28500", "#222222", "#882255"];
  const DARK = ["#56B4E9", "#FF8A3D", "#2FCFA0", "#E39CC0", "#8CCBF0", "#F0B83D", "#DDDDDD", "#D98CB3"];
  const HEIGHT = 260;
  let printing = false;
  let paused = false;

  function colours() {
    const night = dark.matches && !printing;
    return {
      lines: night ? DARK : LIGHT,
      ink: night ? "#c9cdd2" : "#444444",
      grid: night ? "#33383e" : "#e6e6e6",
    };
  }

  function number(value) {
    if (value === null || value === undefined) return "–";
    return String(Number(value.toPrecision(5)));
  }

  function ticks(self, values) {
    return values.map(function (value) { return value === null ? "" : number(value); });
  }

  function options(chart, width) {
    const look = colours();
    const axis = function (label, size, whole) {
      return {
        label: label, stroke: look.ink, grid: { stroke: look.grid, width: 1 },
        ticks: { stroke: look.grid }, values: ticks, size: size, labelSize: 22,
        incrs: whole ? [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 1e5, 1e6] : undefined,
        font: "12px system-ui, sans-serif", labelFont: "12px system-ui, sans-serif",
      };
    };
    const series = chart.series.map(function (one) {
      const colour = look.lines[one.colour % look.lines.length];
      return {
        label: one.label, stroke: colour, width: one.dashed ? 1.2 : 1.6,
        dash: one.dashed ? [6, 4] : undefined,
        points: one.points ? { show: true, size: 6, fill: colour } : { show: false },
        value: function (self, value) { return number(value); },
        spanGaps: false,
      };
    });
    return {
      width: width, height: HEIGHT, scales: { x: { time: false } },
      cursor: { drag: { x: true, y: false } },
      axes: [axis(chart.x.label, 44, chart.x.values.every(Number.isInteger)), axis(chart.y, 62, false)],
      series: [{ label: chart.x.label, value: function (self, v) { return number(v); } }].concat(series),
      hooks: { setSelect: [function () { pause(true); }] },
    };
  }

  function button(text, name, act) {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = text;
    made.setAttribute("aria-label", name);
    made.addEventListener("click", act);
    return made;
  }

  function move(plot, factor, shift) {
    const scale = plot.scales.x;
    const span = (scale.max - scale.min) * factor;
    const middle = (scale.max + scale.min) / 2 + shift * (scale.max - scale.min);
    pause(true);
    plot.setScale("x", { min: middle - span / 2, max: middle + span / 2 });
  }

  function draw(place, chart) {
    const values = [chart.x.values].concat(chart.series.map(function (s) { return s.values; }));
    const tools = document.createElement("div");
    tools.className = "tools";
    const canvas = document.createElement("div");
    place.replaceChildren(tools, canvas);
    const plot = new uPlot(options(chart, place.clientWidth), values, canvas);
    plot.root.querySelector("canvas").setAttribute("role", "img");
    plot.root.querySelector("canvas").setAttribute("aria-label", chart.title);
    tools.append(
      button("+", "zoom in: " + chart.title, function () { move(plot, 0.5, 0); }),
      button("−", "zoom out: " + chart.title, function () { move(plot, 2, 0); }),
      button("‹", "to the left: " + chart.title, function () { move(plot, 1, -0.25); }),
      button("›", "to the right: " + chart.title, function () { move(plot, 1, 0.25); }),
      button("all", "show all: " + chart.title, function () {
        plot.setScale("x", { min: chart.x.values[0], max: chart.x.values[chart.x.values.length - 1] });
      })
    );
    return plot;
  }

  const places = Array.from(document.querySelectorAll("[data-chart]"));
  const plots = places.map(function (place) {
    return draw(place, data.charts[Number(place.dataset.chart)]);
  });

  function redraw() {
    places.forEach(function (place, i) {
      plots[i].destroy();
      plots[i] = draw(place, data.charts[Number(place.dataset.chart)]);
    });
  }

  function fit() {
    plots.forEach(function (plot, i) {
      plot.setSize({ width: places[i].clientWidth, height: HEIGHT });
    });
  }

  dark.addEventListener("change", redraw);
  window.addEventListener("resize", fit);
  window.addEventListener("beforeprint", function () { printing = true; redraw(); });
  window.addEventListener("afterprint", function () { printing = false; redraw(); });

  const pauser = document.getElementById("pause");
  function pause(wanted) {
    paused = wanted;
    if (pauser) {
      pauser.textContent = paused ? "Go on" : "Pause";
      pauser.setAttribute("aria-pressed", String(paused));
    }
  }
  if (pauser) {
    pauser.addEventListener("click", function () { pause(!paused); });
    setInterval(function () { if (!paused) location.reload(); }, 1000 * data.reload);
  }
})();
