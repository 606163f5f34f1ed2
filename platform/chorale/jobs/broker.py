"""The message broker: how much work waits for a worker."""

from __future__ import annotations

from celery import current_app


def waiting_messages() -> int:
    """How many messages no worker has taken yet. Raises `kombu.exceptions.OperationalError` where none can be asked."""
    with current_app.connection_for_read() as broker:
        try:
            queue = broker.default_channel.queue_declare(current_app.conf.task_default_queue, passive=True)
        except broker.channel_errors:  # Valkey forgets a queue that is empty
            return 0
        return int(queue.message_count)
