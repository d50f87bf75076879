"""A real Chromium, by chromedriver.

    with Browser(width=1200) as browser:
        browser.open(f"http://localhost:{port}/")
        browser.wait_for_text("node-rows", "w1:5432")
"""
import json
import urllib.parse

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from support.pid_namespace import wait_until

CONTRAST = """
const channels = (color) => color.match(/[\\d.]+/g).map(Number);
const luminance = (color) => {
  const [r, g, b] = channels(color).map((c) => c / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const ground = (element) => {
  for (let e = element; e; e = e.parentElement) {
    const color = getComputedStyle(e).backgroundColor;
    if ((channels(color)[3] ?? 1) > 0) return color;
  }
  return "rgb(255, 255, 255)";
};
const ratios = [...document.querySelectorAll("body *")]
  .filter((e) => e.offsetParent && [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim()))
  .map((e) => [luminance(getComputedStyle(e).color), luminance(ground(e))].sort((a, b) => b - a))
  .map(([light, dark]) => (light + 0.05) / (dark + 0.05));
return Math.min(...ratios);
"""


class Browser:
    def __init__(self, width=1200, height=900, dark=False):
        options = Options()
        options.binary_location = "/usr/bin/chromium"
        # Its sandbox needs another user than root; /dev/shm of a container is small.
        for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu",
                         "--no-first-run", "--disable-background-networking", "--disable-component-update",
                         f"--window-size={width},{height}"):
            options.add_argument(argument)
        if dark:
            options.add_argument("--force-dark-mode")
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        self.driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)
        self.width(width, height)
        self.requests = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.driver.quit()

    def width(self, width, height=900):
        """Of what is seen, phones included: a window is never narrower than 500 pixels."""
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                                    {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500})

    def open(self, url):
        """Forgets what the page before asked for and complained of."""
        self.driver.get("about:blank")
        self.complaints()
        self.driver.get_log("performance")
        self.requests = []
        self.driver.get(url)

    def text(self, identifier):
        """What a person sees of an element, "" where it is hidden."""
        return self.driver.find_element(By.ID, identifier).text

    def wait_for_text(self, identifier, text):
        wait_until(lambda: text in self.text(identifier),
                   lambda: f"{text!r} in {identifier}: {self.text(identifier)!r}; {self.complaints()}")

    def run(self, script):
        return self.driver.execute_script("return " + script)

    def screenshot(self, path):
        height = self.run("document.documentElement.scrollHeight")
        width = self.run("window.innerWidth")
        self.width(width, height)
        self.driver.save_screenshot(str(path))

    def complaints(self):
        """Of its console, since the last time."""
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def hosts(self):
        """host:port of everything that was asked for."""
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                self.requests.append(message["params"]["request"]["url"])
        return {urllib.parse.urlsplit(url).netloc for url in self.requests if not url.startswith(("data:", "chrome:", "about:"))}

    def press_tab(self):
        """The text of what has the focus then."""
        ActionChains(self.driver).send_keys(Keys.TAB).perform()
        return self.driver.switch_to.active_element.text

    def prefer_dark(self, dark):
        features = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})

    def least_contrast(self):
        """Of every text that is seen, as WCAG counts it."""
        return self.driver.execute_script(CONTRAST)

    def memory(self):
        """Bytes that the page's scripts hold, after a collection."""
        self.driver.execute_cdp_cmd("Performance.enable", {})
        self.driver.execute_cdp_cmd("HeapProfiler.collectGarbage", {})
        metrics = self.driver.execute_cdp_cmd("Performance.getMetrics", {})["metrics"]
        return next(metric["value"] for metric in metrics if metric["name"] == "JSHeapUsedSize")
