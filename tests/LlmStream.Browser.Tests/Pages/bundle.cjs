// node bundle.cjs OUTPUT: bundles the pages that need npm packages, which NODE_PATH leads to. Prints a JSON object: for each page null, or
// why it could not be bundled.
const { readdirSync } = require('node:fs');
const path = require('node:path');

const nodePaths = (process.env.NODE_PATH ?? '').split(path.delimiter).filter(Boolean);

async function main(outdir) {
    const { build } = require('esbuild');
    const pages = readdirSync(__dirname).filter(file => file.endsWith('.jsx')).flatMap(file => {
        const name = path.basename(file, '.jsx');
        // useChat of each major version of the AI SDK: one page, three bundles.
        return name === 'use-chat'
            ? [5, 6, 7].map(version => ({ name: `${name}-${version}`, file, alias: { '@ai-sdk/react': `ai-react${version}` } }))
            : [{ name, file }];
    });
    const results = await Promise.allSettled(pages.map(({ name, file, alias }) => build({
        entryPoints: { [name]: path.join(__dirname, file) },
        bundle: true,
        minify: true,
        outdir,
        alias,
        nodePaths,
        jsx: 'automatic',
        define: { 'process.env.NODE_ENV': '"production"' },
        loader: { '.woff': 'dataurl', '.woff2': 'dataurl', '.ttf': 'dataurl', '.eot': 'dataurl', '.svg': 'dataurl' },
        logLevel: 'silent',
    })));
    console.log(JSON.stringify(Object.fromEntries(pages.map(({ name }, i) => [name, results[i].reason?.message ?? null]))));
}

main(process.argv[2]);
