/** The used part of vega. */
interface Vega {
  parse(spec: object): object;
  View: new (runtime: object, options: { renderer: "none" }) => { toSVG(): Promise<string> };
}

/** The used part of vega-lite. */
interface VegaLite {
  compile(spec: object): { readonly spec: object };
}

/**
 * Draws a Vega-Lite specification as SVG. This requires neither a browser nor a network.
 *
 * The packages are imported by variables, so that type-checking this file downloads nothing.
 */
export async function drawChart(spec: object): Promise<string> {
  const [vegaPackage, vegaLitePackage] = ["npm:vega@6.4.0", "npm:vega-lite@6.5.0"];
  const vega = await import(vegaPackage!) as Vega;
  const vegaLite = await import(vegaLitePackage!) as VegaLite;
  const view = new vega.View(vega.parse(vegaLite.compile(spec).spec), { renderer: "none" });
  return await view.toSVG();
}
