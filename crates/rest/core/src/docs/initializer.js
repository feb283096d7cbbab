// Starts Swagger UI. Its own reading of a document of OpenAPI 3.1 models the whole document again for each operation
// that is opened, which takes seconds; ours knows that the document is JSON and refers only to itself.
"use strict";

// An answer with more characters is shown in one color: to color it takes longer than to get it.
const LARGE = 50_000;

// The value at a reference such as #/components/schemas/Task.
function referred(document, reference) {
  const names = reference.slice("#/".length).split("/");
  const plain = (name) => name.replaceAll("~1", "/").replaceAll("~0", "~");
  return names.reduce((value, name) => value?.[plain(name)], document);
}

// A copy of a part of the document with what it refers to in place. What stands beside a reference goes before what
// it refers to. A schema that contains itself keeps the inner reference.
function resolved(document, value, above = []) {
  if (Array.isArray(value)) return value.map((item) => resolved(document, item, above));
  if (value === null || typeof value !== "object") return value;
  const reference = value.$ref;
  if (typeof reference === "string" && reference.startsWith("#/") && !above.includes(reference)) {
    const { $ref, ...beside } = value;
    const inner = resolved(document, referred(document, reference), [...above, reference]);
    return { ...inner, ...resolved(document, beside, above) };
  }
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, resolved(document, part, above)]));
}

const quick = () => ({
  fn: {
    resolveSubtree: async (document, path) => ({
      spec: resolved(document, path.reduce((value, name) => value?.[name], document)),
      errors: [],
    }),
  },
  statePlugins: {
    spec: {
      wrapActions: {
        parseToJson: (_yaml, system) => (text) => {
          const parsed = JSON.parse(text ?? system.specSelectors.specStr());
          document.title = parsed.info.title;
          return system.specActions.updateJsonSpec(parsed);
        },
      },
    },
  },
  wrapComponents: {
    SyntaxHighlighter: (Original, system) => (props) => {
      const isLarge = typeof props.children === "string" && props.children.length > LARGE;
      const component = isLarge ? system.getComponent("PlainTextViewer") : Original;
      return system.React.createElement(component, props);
    },
  },
});

window.addEventListener("load", () => {
  window.ui = SwaggerUIBundle({
    dom_id: "#swagger-ui",
    url: "/openapi.json",
    presets: [SwaggerUIBundle.presets.apis],
    plugins: [quick],
    deepLinking: true,
    displayRequestDuration: true,
    docExpansion: "none",
    // The list of all schemas; each operation shows its own.
    defaultModelsExpandDepth: -1,
    filter: true,
    persistAuthorization: true,
    tryItOutEnabled: true,
    validatorUrl: null,
  });
  // *Authorize* signs in with a provider: this page is a front-end like any other.
  window.ui.initOAuth({ clientId: "swagger-ui", usePkceWithAuthorizationCodeGrant: true });
});
