// Enhancement only: every page does its work without this file.
document.body.classList.add("js-enabled", "govuk-frontend-supported");

const own = document.querySelector("script[data-govuk]");
if (own) {
  const { initAll } = await import(own.dataset.govuk);
  initAll();
}

// Three presses of Shift, each within five seconds of the last, leave the page: what it shows goes first.
const leave = document.querySelector("button[data-leaves]");
if (leave) {
  const say = document.getElementById("leaving");
  let pressed = 0;
  let waiting = null;
  let alone = false;
  const forget = () => {
    pressed = 0;
    say.textContent = "";
  };
  document.addEventListener("keyup", (event) => {
    if (event.key !== "Shift" || !alone) return;
    alone = false;
    clearTimeout(waiting);
    pressed += 1;
    if (pressed === 3) {
      document.title = "";
      document.body.hidden = true;
      leave.form.requestSubmit(leave);
      return;
    }
    say.textContent = pressed === 1 ? say.dataset.two : say.dataset.one;
    waiting = setTimeout(forget, 5_000);
  });
  // Shift with another key writes a capital letter: it asks for nothing.
  document.addEventListener("keydown", (event) => {
    alone = event.key === "Shift";
    if (!alone) forget();
  });
}
