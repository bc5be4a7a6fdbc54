/**
 * What the server has to be told and asked before a call: its token, and ways through firewalls.
 *
 * The token comes with the page's address, behind the "#" that browsers keep to themselves, or is
 * asked for once; a tab remembers it, also when it is loaded anew.
 */

const TOKEN = "visavis-token";
const ICE_MS = 1000;
const ICE_LIFETIME_MS = 6 * 3600 * 1000; // Half of what credentials are good for.

let ice = { servers: [], until: 0 };

takeTokenFromAddress();
learnIceServers(); // Before it is waited for.

/** `fetch` with the server's token. */
export async function authorised(url, init = {}) {
  const token = sessionStorage.getItem(TOKEN);
  const headers = token ? { ...init.headers, authorization: `Bearer ${token}` } : init.headers;
  const response = await fetch(url, { ...init, headers });
  if (response.status === 401) ice.until = 0; // Another token by now: it is asked for next time.
  return response;
}

/**
 * The STUN and TURN servers for a call, as far as the server tells them in time. It is the first
 * request of a call, so where the server wants a token, the person is asked for it here.
 */
export async function iceServers() {
  while (Date.now() >= ice.until && (await learnIceServers()) === 401) {
    const token = prompt("This server asks for its token:")?.trim();
    if (!token) break;
    sessionStorage.setItem(TOKEN, token);
  }
  return ice.servers;
}

/** Resolves with the status of the server's answer, null without one. */
async function learnIceServers() {
  try {
    const response = await authorised("ice", { signal: AbortSignal.timeout(ICE_MS) });
    if (response.ok) {
      const { iceServers: servers } = await response.json();
      ice = { servers, until: Date.now() + ICE_LIFETIME_MS };
    }
    return response.status;
  } catch {
    return null; // A call on the same network needs none; the offer will tell what is wrong.
  }
}

function takeTokenFromAddress() {
  const given = /^#token=([^&]+)/.exec(location.hash); // Not URLSearchParams: "+" is part of it.
  if (!given) return;
  sessionStorage.setItem(TOKEN, decodeURIComponent(given[1]));
  history.replaceState(null, "", location.pathname + location.search);
}
