import Columnar

/// What is known of the values of segments' features. A segment's summaries are forgotten with it.
extension Catalog {
    /// Keeps the summaries of a segment, by feature.
    func record(_ summaries: [String: FeatureSummary], ofSegment segment: Int64) throws {
        for (feature, summary) in summaries {
            try database.query(
                "INSERT OR REPLACE INTO feature_summaries (segment, feature, summary) VALUES (?, ?, ?)",
                [.integer(segment), .text(feature), .blob(Buffer(copying: summary.encoded()))])
        }
    }

    /// The summaries of a segment's features, by feature; none for a segment that was written before there were any.
    ///
    /// - Throws: `CatalogError.unreadable` if one is damaged.
    func summaries(ofSegment segment: Int64) throws -> [String: FeatureSummary] {
        let stored = try database.rows(
            "SELECT feature, summary FROM feature_summaries WHERE segment = ?", [.integer(segment)]
        ) { ($0.text(0), $0.blob(1)) }
        var summaries: [String: FeatureSummary] = [:]
        for (feature, bytes) in stored {
            do {
                summaries[feature] = try FeatureSummary(decoding: Array(bytes.bytes))
            } catch {
                throw CatalogError.unreadable(
                    path: database.path, reason: "the summary of feature '\(feature)': \(error)")
            }
        }
        return summaries
    }
}
