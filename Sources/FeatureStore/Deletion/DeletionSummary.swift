/// What a deletion removed.
public struct DeletionSummary: Hashable, Sendable, Codable {
    public struct View: Hashable, Sendable, Codable {
        public var view: String
        /// Rows removed from segments.
        public var rows: Int
        /// Pushed rows removed from the hot log.
        public var rowsPushed: Int
        /// Keys removed from the online store.
        public var rowsOnline: Int
    }

    /// The id in the audit; nil if nothing was to be deleted.
    public var id: Int64?
    public var isDryRun: Bool
    public var views: [View]
    /// Files of rows that were set aside, which may hold some of the key: they are not touched.
    public var quarantineFiles: [String]
    /// Training sets that were made of states that held the rows, and so cannot be made again; what they wrote is not
    /// touched.
    public var trainingSets: [Int64]
    /// What may still hold bytes of the rows, in words; mostly nothing.
    public var remains: [String] = []
    public var seconds: Double
}

/// A deletion as the audit tells it.
public struct DeletionDescription: Hashable, Sendable, Codable {
    public var id: Int64
    /// RFC 3339.
    public var started: String
    /// Absent while it is not done; run it again then.
    public var finished: String?
    /// The user of the machine who asked for it.
    public var by: String
    public var reason: String?
    /// The view that was named; absent for all views.
    public var view: String?
    /// The names of the keys; their values are not kept.
    public var keys: [String]
    /// By which the keys are recognised.
    public var digest: String
    /// Whether rows of the keys may be stored again.
    public var mayReturn: Bool
    public var views: [DeletionSummary.View]
}
