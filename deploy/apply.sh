#!/bin/sh
# Applies deploy/kubernetes to the cluster of kubectl's current context.
set -eu

if ! command -v kubectl >/dev/null 2>&1; then
    echo "error: kubectl is not installed: install it and choose a context, then try again" >&2
    exit 2
fi
if ! kubectl cluster-info >/dev/null 2>&1; then
    echo "error: kubectl reaches no cluster: choose one with \`kubectl config use-context\`" >&2
    exit 2
fi
# A Job that ran stays as it is: a new release's would be refused, and an old one's not run again.
kubectl delete job prepare-modern prepare-etl --namespace modern-edx --ignore-not-found
exec kubectl apply --kustomize deploy/kubernetes
