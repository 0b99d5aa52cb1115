// Passkeys: a button asks the server what is to be signed, has the browser sign it, and sends the
// form around it with the answer. Without this script the buttons stay hidden.

const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
const withBytes = (list) => (list ?? []).map((one) => ({ ...one, id: bytes(one.id) }));

const ceremonies = {
  async get(options) {
    const made = await navigator.credentials.get({ publicKey: { ...options, challenge: bytes(options.challenge), allowCredentials: withBytes(options.allowCredentials) } });
    const { clientDataJSON, authenticatorData, signature, userHandle } = made.response;
    return answer(made, { clientDataJSON: text(clientDataJSON), authenticatorData: text(authenticatorData), signature: text(signature), userHandle: userHandle ? text(userHandle) : undefined });
  },
  async create(options) {
    const made = await navigator.credentials.create({ publicKey: { ...options, challenge: bytes(options.challenge),
      user: { ...options.user, id: bytes(options.user.id) }, excludeCredentials: withBytes(options.excludeCredentials) } });
    const { clientDataJSON, attestationObject } = made.response;
    return answer(made, { clientDataJSON: text(clientDataJSON), attestationObject: text(attestationObject), transports: made.response.getTransports?.() ?? [] });
  },
};

function answer(made, response) {
  return JSON.stringify({ id: made.id, rawId: text(made.rawId), type: made.type, authenticatorAttachment: made.authenticatorAttachment ?? undefined,
    clientExtensionResults: made.getClientExtensionResults(), response });
}

// ask gives what is to be signed; null when the browser was led elsewhere.
async function ask(part, form) {
  const fields = new FormData(form);
  fields.delete("password");
  const reply = await fetch(part.dataset.options, { method: "POST", body: new URLSearchParams(fields), credentials: "same-origin" });
  if ((reply.status === 401 || reply.status === 403) && part.dataset.refused) {
    location.assign(part.dataset.refused);
    return null;
  }
  const said = reply.headers.get("Content-Type")?.startsWith("application/json") ? await reply.json() : {};
  if (said.problem) throw Object.assign(new Error(said.problem), { name: "Told" });
  if (!reply.ok || !said.publicKey) throw new Error("no options");
  return said.publicKey;
}

async function use(part) {
  const form = part.closest("form");
  const problem = part.querySelector("[role=alert]");
  const button = part.querySelector("button");
  problem.hidden = true;
  button.disabled = true;
  try {
    const options = await ask(part, form);
    if (!options) return;
    form.elements.credential.value = await ceremonies[part.dataset.passkey](options);
    form.submit();
  } catch (error) {
    const words = { Told: error.message, NotAllowedError: part.dataset.cancelled, InvalidStateError: part.dataset.known };
    problem.textContent = words[error.name] ?? part.dataset.failed;
    problem.hidden = false;
    button.disabled = false;
    button.focus();
  }
}

if (window.PublicKeyCredential) {
  for (const part of document.querySelectorAll("[data-passkey]")) {
    part.hidden = false;
    part.querySelector("button").addEventListener("click", () => use(part));
  }
}
