// Enhancement only: every page does its work without this file.
// On a phone the navigation keeps four places in sight and puts the rest behind "More".
const places = document.getElementById("places");
if (places && places.children.length > 5) {
  const item = document.createElement("li");
  item.className = "govuk-service-navigation__item ff-nav__more";
  const more = document.createElement("button");
  more.type = "button";
  more.className = "ff-nav__more-button";
  more.textContent = "More";
  more.setAttribute("aria-expanded", "false");
  more.setAttribute("aria-controls", "places");
  more.addEventListener("click", () => {
    const open = places.classList.toggle("ff-nav--open");
    more.setAttribute("aria-expanded", String(open));
    more.textContent = open ? "Less" : "More";
  });
  item.append(more);
  places.append(item);
  places.classList.add("ff-nav--folds");
}

// A form that takes long to write keeps itself: a while after the last change it is saved as its button would, and where
// the session has ended it stays on the page until somebody has signed in again.
const QUIET_MS = 20_000;
const FRESH_MS = 60_000;
const KEYS = ["csrfmiddlewaretoken", "once"];

class Keeper {
  constructor(form) {
    this.form = form;
    this.status = form.querySelector("[data-kept]");
    this.seen = Date.now();
    this.waiting = null;
    form.addEventListener("input", () => this.wait());
    form.addEventListener("change", () => this.wait());
    form.addEventListener("submit", (event) => this.check(event));
  }

  wait() {
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.keep(), QUIET_MS);
  }

  say(words) {
    this.status.textContent = words;
  }

  async keep() {
    if (Date.now() - this.seen > FRESH_MS && !(await this.renew())) return;
    const sent = new FormData(this.form);
    sent.set("go", "save");
    const answer = await fetch(this.form.action, { method: "POST", body: sent }).catch(() => null);
    const fresh = answer?.ok && answer.redirected ? this.take(await answer.text()) : null;
    if (!fresh) {
      if (await this.renew()) this.say("Not saved yet. Press a button to save.");
      return;
    }
    this.follow(fresh, sent, new URL(answer.url).pathname);
    this.say(`Saved by itself at ${new Date().toTimeString().slice(0, 5)}.`);
  }

  // Ask for the page again for its fresh keys; it answers where the form now stands, or that nobody is signed in.
  async renew() {
    const answer = await fetch(this.form.action).catch(() => null);
    if (!answer?.ok || new URL(answer.url).pathname.startsWith("/accounts/")) {
      this.seen = 0;
      this.say("You are signed out, and what you wrote is still here. Sign in in another window, then press the button again.");
      return false;
    }
    return Boolean(this.take(await answer.text()));
  }

  // Take the keys of a fresh page, and return its form.
  take(text) {
    const fresh = new DOMParser().parseFromString(text, "text/html").querySelector("form.ff-keeps");
    if (!fresh) return null;
    for (const name of KEYS) this.form.elements[name].value = fresh.elements[name].value;
    this.seen = Date.now();
    return fresh;
  }

  // Go on from what was saved: what was changed elsewhere stands here too, and what was typed meanwhile stays.
  follow(fresh, sent, address) {
    const now = new FormData(this.form);
    this.form.action = address;
    for (const field of this.form.elements) {
      if (!field.name || field.type === "hidden" || field.type === "submit") continue;
      if (String(now.getAll(field.name)) !== String(sent.getAll(field.name))) continue;
      const there = [...fresh.elements].filter((each) => each.name === field.name);
      if (field.type === "radio" || field.type === "checkbox") {
        field.checked = there.some((each) => each.value === field.value && each.checked);
      } else if (there.length === 1) {
        field.value = there[0].value;
      }
    }
  }

  async check(event) {
    clearTimeout(this.waiting);
    if (Date.now() - this.seen < FRESH_MS) return;
    event.preventDefault();
    if (await this.renew()) this.form.requestSubmit(event.submitter);
  }
}

for (const form of document.querySelectorAll("form.ff-keeps")) new Keeper(form);
