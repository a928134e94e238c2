/**
 * Installs npm packages into a folder, which is made once and found again by later runs: those need no
 * network.
 *
 * @param packages Names with versions, such as `h3@2.0.8`.
 * @returns The folder, which has a `node_modules`.
 * @throws {Error} If npm cannot install them.
 */
export async function installPackages(packages: readonly string[]): Promise<string> {
  const name = packages.join("-").replaceAll("@", "-").replaceAll("/", "-");
  const folder = `${temporaryFolder()}/handoff-test-${name}`;
  if (!await exists(`${folder}/node_modules`)) await install(packages, folder);
  return folder;
}

/** Installs beside the folder, and renames that in one step: another run may be at it too. */
async function install(packages: readonly string[], folder: string): Promise<void> {
  const beside = await Deno.makeTempDir({ prefix: "handoff-test-install-" });
  await Deno.writeTextFile(`${beside}/package.json`, '{ "type": "module", "private": true }\n');
  const { success, stderr } = await new Deno.Command("npm", {
    args: ["install", "--no-audit", "--no-fund", "--prefer-offline", ...packages],
    cwd: beside,
    stdin: "null",
  }).output();
  if (!success) {
    await Deno.remove(beside, { recursive: true });
    throw new Error(`Cannot install ${packages.join(" and ")}: ${new TextDecoder().decode(stderr)}`);
  }
  try {
    await Deno.rename(beside, folder);
  } catch (error) {
    await Deno.remove(beside, { recursive: true });
    if (!await exists(folder)) throw error;
  }
}

function temporaryFolder(): string {
  return (Deno.env.get("TMPDIR") ?? Deno.env.get("TEMP") ?? "/tmp").replace(/[/\\]$/, "");
}

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}
