"""A client that shares no code with the product: Debian's grpcio and stubs generated from the contract.

Usage: client.py STUBS ADDRESS IMAGE IDENTITY. Applies, watches and deletes a miner, and prints what it saw as one JSON object.
"""

import json
import os
import sys

sys.path.insert(0, sys.argv[1])

import grpc  # noqa: E402

# The health contract's package lies beside the library of the same name, not inside it.
grpc.__path__.append(sys.argv[1] + "/grpc")

from grpc.health.v1 import health_pb2, health_pb2_grpc  # noqa: E402
from headframe.v1 import (  # noqa: E402
    error_pb2,
    fleet_service_pb2,
    fleet_service_pb2_grpc,
    host_service_pb2,
    host_service_pb2_grpc,
    instance_pb2,
    miner_pb2,
)

NAME = "from-python"
TIMEOUT_S = 30


def spec(image, replicas):
    made = miner_pb2.MinerSpec(
        kind="container",
        name=NAME,
        labels={"client": "python"},
        replicas=replicas,
        container=miner_pb2.ContainerSection(
            image=image,
            command=["sleep", "100000"],
            env={"SPOKEN": "python"},
            network=miner_pb2.NETWORK_MODE_NONE,
        ),
        stop_grace_ms=2000,
        pull_policy=miner_pb2.PULL_POLICY_NEVER,
    )
    made.resources.cpu_millis = 100
    made.resources.memory_bytes = 16 * 2**20
    made.resources.disk_bytes = 2**20
    return made


def detail_of(error):
    trailer = dict(error.trailing_metadata())["grpc-status-details-bin"]
    status = error_pb2.ErrorStatus.FromString(trailer)
    detail = error_pb2.ErrorDetail()
    status.details[0].Unpack(detail)
    return {
        "code": error.code().name,
        "reason": detail.reason,
        "remedy": detail.remedy,
        "paths": sorted(violation.path for violation in detail.violations),
    }


def failure(call, request):
    try:
        call(request, timeout=TIMEOUT_S)
    except grpc.RpcError as error:
        return detail_of(error)
    raise AssertionError("the call should have failed")


def watch_until(fleet, enough):
    """Follows the miner's instances until they are as wanted; gives them by id, and the revision to go on from."""
    seen, revision = {}, 0
    request = fleet_service_pb2.WatchFleetRequest(miner=NAME, instances=True, miners=True)
    watch = fleet.WatchFleet(request, timeout=TIMEOUT_S)
    gone = False
    for message in watch:
        for change in message.changes:
            kind = change.WhichOneof("change")
            if kind == "instance":
                seen[change.instance.id] = change.instance
            elif kind == "instance_removed":
                seen.pop(change.instance_removed, None)
            elif kind == "miner_removed":
                gone = True
        revision = max(revision, message.revision)
        if message.revision > 0 and enough(seen, gone or not seen):
            watch.cancel()
            return seen, revision
    raise AssertionError("the watch ended")


def main():
    address, image, identity = sys.argv[2], sys.argv[3], sys.argv[4]

    def read(name):
        with open(os.path.join(identity, name), "rb") as file:
            return file.read()

    credentials = grpc.ssl_channel_credentials(read("authorities.pem"), read("key.pem"), read("certificate.pem"))
    channel = grpc.secure_channel(address, credentials)
    fleet = fleet_service_pb2_grpc.FleetServiceStub(channel)
    hosts = host_service_pb2_grpc.HostServiceStub(channel)
    health = health_pb2_grpc.HealthStub(channel)
    result = {}

    check = health.Check(health_pb2.HealthCheckRequest(service="headframe.v1.FleetService"), timeout=TIMEOUT_S)
    result["health"] = health_pb2.HealthCheckResponse.ServingStatus.Name(check.status)
    listed = hosts.ListHosts(host_service_pb2.ListHostsRequest(), timeout=TIMEOUT_S)
    result["hosts"] = [host.name for host in listed.hosts]

    bad = spec(image, 1)
    bad.name = "No Name"
    bad.container.image = ""
    apply_bad = fleet_service_pb2.ApplyMinersRequest(miners=[spec(image, 1), bad])
    result["refused"] = failure(fleet.ApplyMiners, apply_bad)
    result["missing"] = failure(fleet.GetMiner, fleet_service_pb2.GetMinerRequest(name="nobody"))
    result["after_refusal"] = len(fleet.ListMiners(fleet_service_pb2.ListMinersRequest(), timeout=TIMEOUT_S).miners)

    request = fleet_service_pb2.ApplyMinersRequest(miners=[spec(image, 2)])
    first = fleet.ApplyMiners(request, timeout=TIMEOUT_S)
    again = fleet.ApplyMiners(request, timeout=TIMEOUT_S)
    change = fleet_service_pb2.ApplyChange
    result["changes"] = [change.Name(one.results[0].change) for one in (first, again)]

    def two_run(seen, _empty):
        running = [one for one in seen.values() if one.state == instance_pb2.INSTANCE_STATE_RUNNING]
        return len(running) == 2

    running, _revision = watch_until(fleet, two_run)
    result["containers"] = sorted(one.container_id for one in running.values())
    print(json.dumps(result), flush=True)

    # The test looks at the engine now, and says when to go on.
    sys.stdin.readline()
    fleet.DeleteMiner(fleet_service_pb2.DeleteMinerRequest(name=NAME), timeout=TIMEOUT_S)
    watch_until(fleet, lambda _seen, empty: empty)
    print(json.dumps({"deleted": True}), flush=True)


main()
