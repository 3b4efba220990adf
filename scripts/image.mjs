// Builds the container image of packaging/container and runs it as the recipe says. Build first: npm run build
//   node scripts/image.mjs                             by podman, docker or buildah of this machine; skipped where none answers
//   node scripts/image.mjs --own [--cache FOLDER] [--fresh]   by the podman of a Debian 13 of its own, which is the image's base too
// --own needs root, debootstrap and Debian's archive, and neither an engine nor a registry. The cache keeps that Debian.
import {copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {parseArgs} from 'node:util';
import {inside, suites, withDebian} from './debian.mjs';
import {root, run} from './run.mjs';

const {values} = parseArgs({
	options: {
		own: {type: 'boolean', default: false},
		cache: {type: 'string', default: join(root, 'node_modules/.cache/image')},
		fresh: {type: 'boolean', default: false},
	},
});
const recipe = join(root, 'packaging/container/Containerfile');
const test = join(root, 'scripts/image.sh');
const base = /^FROM (\S+)$/m.exec(readFileSync(recipe, 'utf8'))?.[1];

/**
 * Debian's slim image is what debootstrap makes, without the pages that slim leaves out. The limits are those that this machine allows:
 * podman's own are higher, which root without CAP_SYS_RESOURCE cannot set, nor can crun load its filter of devices.
 */
const prepare = `
cat >/etc/dpkg/dpkg.cfg.d/docker <<-END
	path-exclude /usr/share/doc/*
	path-include /usr/share/doc/*/copyright
	path-exclude /usr/share/info/*
	path-exclude /usr/share/lintian/overrides/*
	path-exclude /usr/share/locale/*
	path-exclude /usr/share/man/*
END
apt-get clean
cd /
tar --one-file-system --numeric-owner --exclude=./.outside --exclude='./root/*' --exclude='./var/lib/apt/lists/*' -cf /root/base.tar .
rm /etc/dpkg/dpkg.cfg.d/docker
apt-get update -q
apt-get install -q -y --no-install-recommends podman buildah netavark runc iproute2
apt-get clean
cat >/etc/containers/containers.conf <<-END
	[containers]
	pids_limit = 0
	default_ulimits = ["nofile=$(ulimit -Hn):$(ulimit -Hn)", "nproc=$(bash -c "ulimit -Hu"):$(bash -c "ulimit -Hu")"]
	[engine]
	runtime = "runc"
END
`;

async function findEngine() {
	if (process.getuid() !== 0) return {why: 'only root makes the namespaces that it watches'};
	for (const name of ['podman', 'docker', 'buildah']) {
		// One whose daemon is stuck never answers.
		if ((await run('timeout', ['30', name, 'info'])).code !== 0) continue;
		const {code, printed} = await run('timeout', ['60', name, 'pull', `docker.io/library/${base}`]);
		return code === 0 ? {name} : {why: `${name} cannot pull ${base}: ${printed.trim().split('\n').at(-1)}`};
	}
	return {why: 'no container engine answers: podman, docker or buildah (--own brings one)'};
}

async function makePackage(folder) {
	const {code, printed} = await run(process.execPath, ['scripts/deb.mjs', '--out', folder]);
	if (code !== 0) throw new Error(printed);
}

async function testOwn(context) {
	const wanted = {suite: suites[13], script: prepare, cache: values.cache, name: 'engine', fresh: values.fresh};
	return withDebian(wanted, async (system) => {
		const work = join(system, 'root/work');
		mkdirSync(work);
		copyFileSync(recipe, join(work, 'Containerfile'));
		copyFileSync(test, join(work, 'image.sh'));
		cpSync(context, join(work, 'context'), {recursive: true});
		const by = (engine) => `sh image.sh ${engine} Containerfile context /root/base.tar`;
		const tidy = 'find /sys/fs/cgroup/libpod_parent -depth -type d -exec rmdir {} + 2>/dev/null || :';
		return inside(system, 'sh', '-ec', `cd /root/work; trap '${tidy}' EXIT; ${by('podman')}; BUILDAH_ISOLATION=chroot ${by('buildah')}`);
	});
}

const context = mkdtempSync(join(tmpdir(), 'netmon-image-'));
try {
	const engine = values.own ? {} : await findEngine();
	if (engine.why !== undefined) {
		console.log(`skipped: the container image: ${engine.why}`);
	} else {
		await makePackage(context);
		if (values.own) process.exitCode = await testOwn(context);
		else process.exitCode = (await run('sh', [test, engine.name, recipe, context], {show: true})).code;
	}
} finally {
	rmSync(context, {recursive: true, force: true});
}
