"""From a plan to a run folder: jobs in child processes, events to the parent, who alone writes."""
