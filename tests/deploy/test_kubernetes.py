"""deploy/kubernetes: what Kubernetes would refuse, and our own rules for every process."""

import re
from typing import Any

import kubernetes_validate
import pytest
import yaml

from benchmarks.stage import PROJECT
from blueheart.postgresql.cluster import APPLICATION_ROLE
from tests.blueheart.test_settings import PRODUCTION, SECRETS, start
from tests.deploy.test_compose import COMPOSE, ON_THIS_MACHINE, checked_nginx, filled_in
from tests.security import test_database_roles as signing_in

granted = signing_in.granted

FOLDER = PROJECT / "deploy" / "kubernetes"
NGINX = PROJECT / "deploy" / "nginx"
VERSIONS = ["1.30", kubernetes_validate.latest_version()]
# Kinds of operators, which come with schemas of their own; what counts of the database is looked at below.
OF_OPERATORS = {"Cluster", "ObjectStore", "ScheduledBackup", "ServiceMonitor"}
NOT_APPLIED = {
    "secret.example.yaml": "it is filled in elsewhere",
    "monitoring.yaml": "it wants the Prometheus operator",
}
WITHOUT_PROBES = {"worker": "it listens nowhere: /readyz of the web tells how long ago it was heard of"}
Made = dict[str, Any]


def read(path) -> list[Made]:
    return [made for made in yaml.safe_load_all(path.read_text()) if made]


FILES = {path.name: read(path) for path in sorted(FOLDER.glob("*.yaml"))}
KUSTOMIZATION = FILES.pop("kustomization.yaml")[0]
MADE = [made for several in FILES.values() for made in several]
CONFIG = next(made["data"] for made in MADE if made["kind"] == "ConfigMap" and made["metadata"]["name"] == "blueheart")
RUNNING = {made["metadata"]["name"]: made for made in MADE if made["kind"] in {"Deployment", "Job"}}
DEPLOYMENTS = [name for name, made in RUNNING.items() if made["kind"] == "Deployment"]


def named(kind: str, name: str) -> Made:
    (found,) = [made for made in MADE if (made["kind"], made["metadata"]["name"]) == (kind, name)]
    return found


def pod(name: str) -> Made:
    return RUNNING[name]["spec"]["template"]["spec"]


CONTAINERS = {
    f"{name}/{container['name']}": container
    for name in RUNNING
    for container in [*pod(name).get("initContainers", []), *pod(name)["containers"]]
}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("file", FILES)
def test_kubernetes_takes(file, version):
    for made in FILES[file]:
        if made["kind"] not in OF_OPERATORS:
            kubernetes_validate.validate(made, version, strict=True)


def test_every_file_is_applied_or_named_here():
    applied = {name for name in KUSTOMIZATION["resources"] if name.endswith(".yaml")}

    assert applied == FILES.keys() - NOT_APPLIED.keys()


def test_one_image_of_a_named_version_runs_everywhere():
    (image,) = KUSTOMIZATION["images"]
    nginx = COMPOSE["services"]["nginx"]["image"]

    assert {container["image"] for container in CONTAINERS.values()} == {image["name"], nginx}
    assert re.fullmatch(r"\d+\.\d+\.\d+", image["newTag"])
    assert re.search(r":\d+\.\d+", named("Cluster", "database")["spec"]["imageName"])


@pytest.mark.parametrize("name", RUNNING)
def test_pod_may_do_no_more_than_it_needs(name):
    context = pod(name)["securityContext"]

    assert (context["runAsNonRoot"], context["runAsUser"]) == (True, 10001)
    assert context["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod(name)["automountServiceAccountToken"] is False
    assert pod(name)["enableServiceLinks"] is False  # they would come as variables of the environment


@pytest.mark.parametrize("name", CONTAINERS)
def test_container_writes_nowhere_and_has_limits(name):
    container = CONTAINERS[name]
    context = container["securityContext"]

    assert (context["readOnlyRootFilesystem"], context["allowPrivilegeEscalation"]) == (True, False)
    assert context["capabilities"] == {"drop": ["ALL"]}
    assert set(container["resources"]["limits"]) == set(container["resources"]["requests"]) == {"cpu", "memory"}


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_update_takes_nobody_away(name):
    spec = RUNNING[name]["spec"]
    labels = {"matchLabels": {"app.kubernetes.io/name": name}}
    budget = named("PodDisruptionBudget", name)["spec"]

    assert spec["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
    assert spec["selector"] == budget["selector"] == labels
    assert [each["labelSelector"] for each in pod(name)["topologySpreadConstraints"]] == [labels, labels]
    for container in pod(name)["containers"]:
        if container["name"] not in WITHOUT_PROBES:
            assert {"startupProbe", "readinessProbe", "livenessProbe"} <= container.keys()
            assert container["lifecycle"]["preStop"]


def test_at_least_two_of_each_run():
    scaled = named("HorizontalPodAutoscaler", "web")["spec"]

    assert scaled["minReplicas"] >= 2
    assert scaled["scaleTargetRef"]["name"] == "web"
    assert "replicas" not in RUNNING["web"]["spec"]  # or each update would take the autoscaler's away
    assert all(RUNNING[name]["spec"]["replicas"] >= 2 for name in DEPLOYMENTS if name != "web")


def test_probes_ask_the_web_server_by_a_name_that_it_answers_to():
    """The kubelet asks by the pod's address, which Django refuses unless it is among its names."""
    (web,) = pod("web")["containers"]
    environment = {variable["name"]: variable for variable in web["env"]}

    assert environment["ALLOWED_HOSTS"]["value"] == "$(SITE_NAMES),$(POD_IP)"
    assert list(environment).index("ALLOWED_HOSTS") == 2  # Kubernetes fills in what stands before
    assert environment["POD_IP"]["valueFrom"]["fieldRef"] == {"fieldPath": "status.podIP"}
    assert environment["SITE_NAMES"]["valueFrom"]["configMapKeyRef"]["key"] == "ALLOWED_HOSTS"
    probes = {kind: web[f"{kind}Probe"]["httpGet"]["path"] for kind in ("startup", "readiness", "liveness")}
    assert probes == {"startup": "/readyz", "readiness": "/healthz", "liveness": "/healthz"}


def test_settings_are_ours_and_none_is_a_secret():
    described = (PROJECT / ".env.example").read_text()

    for name in CONFIG:
        assert re.search(rf"^#{name.removesuffix('_FILE')}=", described, re.M), name
    assert not CONFIG.keys() & set(SECRETS)


def test_each_file_of_a_secret_is_in_the_example_and_nothing_is_filled_in():
    secrets = {made["metadata"]["name"]: made["stringData"] for made in FILES["secret.example.yaml"]}
    files = {value.rpartition("/")[2] for name, value in CONFIG.items() if name.endswith("_FILE")}

    assert secrets["blueheart"].keys() == files
    open_values = [value for several in secrets.values() for name, value in several.items() if name != "username"]
    assert all(re.search(r"<[^>]+>", value) for value in open_values)


def test_production_starts_with_what_the_manifests_say(tmp_path):
    made = dict.fromkeys(CONFIG, "") | SECRETS
    made["DATABASE_URL"] = secret_url("blueheart", "database_url")
    made["METRICS_TOKEN"] = "a-token-of-22-characters"
    config = dict(CONFIG)
    for name in [name for name in CONFIG if name.endswith("_FILE")]:
        path = tmp_path / name
        path.write_text(made[name.removesuffix("_FILE")])
        config[name] = str(path)
    owner = tmp_path / "owner"
    owner.write_text(secret_url("blueheart-owner", "database_owner_url"))

    web = start("PRODUCTION", **config)
    migrating = start("PRODUCTION", **config, DATABASE_OWNER_URL_FILE=str(owner))

    assert (web.stdout, migrating.stdout) == ("True\n", "True\n"), web.stderr + migrating.stderr


def secret_url(secret: str, key: str) -> str:
    url = named("Secret", secret)["stringData"][key]
    return re.sub(r"<[^>]+>", "a-password", url)


def test_only_the_migrations_know_the_owner():
    knowing = [name for name in RUNNING if "blueheart-owner" in str(pod(name)) or "DATABASE_OWNER" in str(pod(name))]

    assert knowing == ["migrate"]


def test_nobody_is_handed_the_key_of_the_database_authority():
    """CloudNativePG keeps it beside the certificate."""
    for name in RUNNING:
        for volume in pod(name)["volumes"]:
            if volume["name"] == "database-ca":
                assert volume["secret"]["items"] == [{"key": "ca.crt", "path": "ca.crt"}]


def test_processes_run_as_with_compose():
    (worker,), (migrate,) = pod("worker")["containers"], pod("migrate")["containers"]

    assert worker["command"] == COMPOSE["services"]["worker"]["command"]
    assert "command" not in pod("web")["containers"][0]
    assert re.findall(r"manage\.py (\w+)", migrate["command"][-1]) == ["migrate", "load_content"]


def test_a_worker_waits_until_the_migrations_are_through(granted):
    """With the application's role, which may not even make Django's table of migrations."""
    _python, *command = pod("worker")["initContainers"][0]["command"]
    production = PRODUCTION | {"DATABASE_URL": signing_in.address(APPLICATION_ROLE)}

    through = signing_in.run(*command, **production)
    signing_in.ask("DELETE FROM django_migrations WHERE id = (SELECT max(id) FROM django_migrations)")
    waiting = signing_in.run(*command, **production)

    assert (through.returncode, through.stderr) == (0, "")
    assert (waiting.returncode, waiting.stderr) == (1, "")


def test_nginx_takes_the_configuration_as_the_pod_has_it(tmp_path):
    (nginx,) = pod("front")["containers"]
    told = {variable["name"]: variable.get("value") or CONFIG[variable["name"]] for variable in nginx["env"]}
    (templates,) = [volume for volume in pod("front")["volumes"] if volume["name"] == "templates"]
    items = [item for source in templates["projected"]["sources"] for item in source["configMap"]["items"]]
    real_ip = tmp_path / "real-ip.conf"
    real_ip.write_text(named("ConfigMap", "nginx-real-ip")["data"]["real-ip.conf"])
    sources = {item["path"]: NGINX / item["path"].removesuffix(".template") for item in items}
    sources["optional/real-ip.conf.template"] = real_ip

    folder = filled_in(tmp_path / "nginx", sources, told | ON_THIS_MACHINE | {"CACHE_DIR": str(tmp_path)})

    assert checked_nginx(folder) == ""
    assert "server_name www.example.org;" in (folder / "snippets" / "behind-tls.conf").read_text()


def test_nginx_is_told_what_compose_tells_it():
    (nginx,) = pod("front")["containers"]
    told = [variable["name"] for variable in nginx["env"]]

    assert sorted(told) == sorted(COMPOSE["services"]["nginx"]["environment"])
    assert nginx["command"][1:] == COMPOSE["services"]["nginx"]["command"]


def test_nginx_has_all_of_its_configuration():
    (made,) = read(NGINX / "kustomization.yaml")
    (generated,) = made["configMapGenerator"]
    files = dict(
        reversed(entry.partition("=")[::2]) if "=" in entry else (entry, entry) for entry in generated["files"]
    )
    (templates,) = [volume for volume in pod("front")["volumes"] if volume["name"] == "templates"]
    (items, real_ip) = (source["configMap"]["items"] for source in templates["projected"]["sources"])

    placed = {item["path"].removesuffix(".template"): item["key"] for item in items}
    for path, key in placed.items():
        assert files[path] == key
        assert (NGINX / path).is_file()
    wanted = {str(path.relative_to(NGINX)) for path in NGINX.rglob("*.conf")} - {"snippets/brotli.conf"}
    assert placed.keys() == wanted
    assert real_ip == [{"key": "real-ip.conf", "path": "optional/real-ip.conf.template"}]


def test_nobody_is_talked_to_unless_a_policy_says_so():
    policies = [made["spec"] for made in MADE if made["kind"] == "NetworkPolicy"]

    assert {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]} in policies
    owner_of_tables = str(named("NetworkPolicy", "to-the-database")["spec"]["podSelector"])
    assert all(name in owner_of_tables for name in ("web", "worker", "migrate"))
    mailing = named("NetworkPolicy", "to-the-mail-server")["spec"]["podSelector"]
    assert mailing == {"matchLabels": {"app.kubernetes.io/name": "worker"}}
    reaching_web = named("NetworkPolicy", "web")["spec"]["ingress"][0]["from"][0]
    assert reaching_web == {"podSelector": {"matchLabels": {"app.kubernetes.io/name": "front"}}}


def test_database_has_copies_checksums_and_backups():
    spec = named("Cluster", "database")["spec"]
    initdb = spec["bootstrap"]["initdb"]

    assert spec["instances"] == 3
    assert spec["postgresql"]["synchronous"] == {"method": "any", "number": 1}
    assert (initdb["dataChecksums"], initdb["localeCollate"], initdb["localeCType"]) == (True, "C", "C.UTF-8")
    (plugin,) = spec["plugins"]
    assert plugin["isWALArchiver"] is True
    assert named("ObjectStore", plugin["parameters"]["barmanObjectName"])["spec"]["retentionPolicy"]
    assert named("ScheduledBackup", "database")["spec"]["pluginConfiguration"]["name"] == plugin["name"]
    assert spec["enableSuperuserAccess"] is False


def test_roles_of_the_database_are_those_of_the_addresses():
    spec = named("Cluster", "database")["spec"]
    (role,) = spec["managed"]["roles"]
    owner = named("Secret", spec["bootstrap"]["initdb"]["secret"]["name"])["stringData"]["username"]

    assert role.keys() == {"name", "ensure", "login", "passwordSecret"}  # no superuser, and may make nothing
    assert named("Secret", role["passwordSecret"]["name"])["stringData"]["username"] == role["name"]
    assert secret_url("blueheart", "database_url").startswith(f"postgres://{role['name']}:")
    assert secret_url("blueheart-owner", "database_owner_url").startswith(f"postgres://{owner}:")
    assert spec["bootstrap"]["initdb"]["owner"] == owner
