"""Drives our dispatcher for a probe of dispatchers: how a contract is written, and how a process is started.

    write_contract(resources, path, generation)   the contract as a file, replaced by renaming
    command(ctx) -> (argv, env)                   ctx: dir, contract, consumer, producer, client, metrics_port

The probe speaks in the settings of Knative's dispatcher; those that have a counterpart here are taken over. NODE names the Node 24 to use, if not
the one of this workspace.
"""
import json
import os

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), '..', '..'))


def write_contract(resources, path, generation):
    beside = path + '.new'
    with open(beside, 'w') as file:
        json.dump({'generation': str(generation), 'resources': resources}, file)
    os.replace(beside, path)


def command(ctx):
    consumer, client = ctx['consumer'], ctx['client']
    if consumer.get('cloudevent.invalid.transformer.enabled') == 'true':
        # Knative runs a dispatcher of its own for sources; here the kind of the resource says what it is.
        _make_sources(ctx['contract'])
    node = os.environ.get('NODE') or os.path.join(ROOT, 'node_modules', 'node', 'bin', 'node')
    settings = {
        'CONTRACT_FILE': ctx['contract'],
        'ADMIN_HOST': '127.0.0.1',
        # The probe's subscribers are on this machine.
        'ALLOWED_DESTINATION_CIDRS': '127.0.0.0/8',
        'ADMIN_PORT': str(ctx['metrics_port']),
        'FEED_GROUP_PREFIX': 'feed-' + os.path.basename(ctx['dir']) + '-',
        'COMMIT_INTERVAL': f"{consumer['auto.commit.interval.ms']}ms",
        'ISOLATION_LEVEL': consumer['isolation.level'],
        'MAX_IN_FLIGHT': str(consumer['max.poll.records']),
        'MAX_CONNECTIONS_PER_ORIGIN': str(client['maxPoolSize'] * 10),
        'DRAIN_TIMEOUT': '5s',
        'LOG_FORMAT': 'json',
    }
    main = os.path.join(ROOT, 'apps', 'dispatcher', 'src', 'main.ts')
    return [node, '--conditions=@eventing-kafka/source', main], dict(os.environ, **settings)


def _make_sources(path):
    with open(path) as file:
        contract = json.load(file)
    for resource in contract['resources']:
        resource['reference']['kind'] = 'KafkaSource'
    write_contract(contract['resources'], path, contract['generation'])
