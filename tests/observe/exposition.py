"""Read what /metrics shows, with Prometheus' own parser."""

from prometheus_client.parser import text_string_to_metric_families


def samples(metrics):
    """Return every sample's value by its name and labels, read by Prometheus' own parser."""
    text = metrics.exposition().decode()
    return {
        (sample.name, *sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
