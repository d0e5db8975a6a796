// Enhancement only: every page does its work without this file.
const body = document.body;
body.classList.add("js-enabled", "govuk-frontend-supported");

const self = document.querySelector("script[data-govuk]");
if (self) {
  const { initAll } = await import(self.dataset.govuk);
  initAll();
}

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
