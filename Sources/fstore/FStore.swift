import FeatureStore

extension CommandLineTool {
    /// The tool with all its verbs.
    static var fstore: CommandLineTool {
        CommandLineTool(
            name: "fstore", version: FeatureStore.version,
            summary: "a feature store: point-in-time-correct training sets, and the same features online",
            commands: [
                .initialize, .apply, .ingest, .trainingSet, .trainingSets, .snapshots, .materialize, .push, .get, .log,
                .streams, .verify,
                .label, .examples,
                .scan,
                .online, .list,
                .describe, .fit, .encode, .stats, .history, .drift, .skew, .compact, .check, .delete, .deletions, .sql,
                .evaluate,
                .show, .serve,
                .token,
            ],
            candidates: projectNames)
    }
}
