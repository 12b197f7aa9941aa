import Columnar

extension FeatureStore {
    /// How far a comparison of online with offline values goes.
    public struct VerifyOptions: Sendable {
        /// As of when both sides are asked; by default at each moment.
        public var time: Timestamp?
        /// Keys of each set of join keys, chosen by their hashes.
        public var sample = 10_000
        /// Another one chooses other keys.
        public var seed: UInt64 = 0
        /// Differences that are told one by one.
        public var examples = 20

        public init() {}
    }

    /// Rows that are asked for at once, on both sides.
    private static let rowsAtOnce = 10_000

    /// Compares what is served online with what a training set has at the same time, value for value and bit for bit.
    ///
    /// Keys are drawn from the history and the online store alike. Where the sides differ they are asked again, so that rows
    /// that come meanwhile are no differences.
    ///
    /// - Parameters:
    ///   - keys: entity rows to compare in place of drawn ones: the join keys, and what requests bring; `origin` names them.
    ///   - progress: called with the rows compared so far, and those in all.
    /// - Throws: `StoreError.nothingMaterialized` for a view that is not online; `StoreError.badRequest` if there is nothing to
    ///   compare, or the time lies ahead.
    public func verify(
        _ selection: FeatureSelection, keys: Table? = nil, origin: String = "keys", options: VerifyOptions = .init(),
        progress: (_ rows: Int, _ total: Int) -> Void = { _, _ in }
    ) throws -> VerifyReport {
        let started = ContinuousClock.now
        if let time = options.time, time > clock() {
            throw StoreError.badRequest(
                "\(time) lies ahead, and what will be known then nobody knows; give a time that was")
        }
        let definitions = try definitions()
        let service = try resolve(selection, in: definitions, fullNames: true)
        let reader = try onlineReader(for: selection, fullNames: true)
        let rows: VerifiedRows
        if let keys {
            rows = try VerifiedRows(
                given: keys, origin: origin,
                joinKeys: reader.inputs.map { JoinKey($0.name, $0.type) }, views: service.views.map(\.name))
        } else {
            if let field = service.requestFields.first(where: { field in
                !reader.joinKeys.contains { $0.name == field.name }
            }) {
                throw StoreError.badRequest(
                    "its on-demand features read '\(field.name)' of the request, which nobody can draw; give rows that have it: "
                        + "--keys FILE")
            }
            rows = try drawnRows(for: service, joinKeys: reader.joinKeys, in: definitions, options)
        }
        guard rows.table.rowCount > 0 else {
            throw StoreError.badRequest("there is no key to compare: neither in the history nor online")
        }
        var comparison = VerifyComparison(
            service: service, name: selection.name, options: options, definitions: definitions, rows: rows)
        for start in stride(from: 0, to: rows.table.rowCount, by: Self.rowsAtOnce) {
            try Cancellation.check()
            let end = min(start + Self.rowsAtOnce, rows.table.rowCount)
            try compare(Array(start..<end), with: &comparison, selection, service)
            progress(end, rows.table.rowCount)
        }
        var report = comparison.report
        let (seconds, attoseconds) = (ContinuousClock.now - started).components
        report.seconds = Double(seconds) + Double(attoseconds) / 1e18
        if !isReadOnly {
            try catalog.note(
                VerificationRecord(
                    service: report.service, ran: clock(), compared: report.compared, different: report.different))
        }
        return report
    }

    /// The rows of a file, to be compared: `verify(_:keys:)`. Join keys in CSV have their own types.
    package func verifiedKeys(in path: String, for selection: FeatureSelection) throws -> Table {
        let definitions = try definitions()
        let keys = try resolve(selection, in: definitions, fullNames: true).joinKeys(in: definitions)
        return try TableFile.read(
            path,
            declared: Dictionary(keys.map { ($0.name, $0.type.dataType) }, uniquingKeysWith: { first, _ in first }))
    }

    /// What the last comparison of each service has found.
    package func verifications() throws -> [VerificationRecord] { try catalog.verifications() }

    /// How often what differs is asked for again.
    private static let rounds = 6

    private func compare(
        _ rows: [Int], with comparison: inout VerifyComparison, _ selection: FeatureSelection,
        _ service: ResolvedService
    ) throws {
        comparison.begin(rows)
        for round in 0..<Self.rounds {
            let open = comparison.openRows
            if open.isEmpty { return }
            if round > 0 { comparison.report.repetitions += 1 }
            let before = try position(of: service)
            // Made anew: it puts online what has become available since.
            let reader = try onlineReader(for: selection, fullNames: true)
            let time = comparison.options.time ?? clock()
            let table = comparison.rows.table.taking(open.map(Int32.init)[...])
            let keys = Array(table.columns.prefix(reader.inputs.count))
            let online = try reader.read(keys, at: time)
            let offline = try offlineValues(table, at: time, selection)
            let after = try position(of: service)
            comparison.settle(online: online, offline: offline, of: open, at: time)
            // What differs in a store that stood still is a difference; a moment that was not given is asked again once.
            if before == after, round > 0 || comparison.options.time != nil {
                let later = try offlineValues(table: comparison, selection)
                comparison.judge(later: later, states: try viewStates(of: service))
                return
            }
        }
        comparison.giveUp()
    }

    /// What the training set has by now for the rows that still differ.
    private func offlineValues(
        table comparison: VerifyComparison, _ selection: FeatureSelection
    ) throws -> VerifyComparison.Offline? {
        let open = comparison.openRows
        guard !open.isEmpty, comparison.options.time != nil else { return nil }
        let table = comparison.rows.table.taking(open.map(Int32.init)[...])
        return try offlineValues(table, at: clock(), selection)
    }

    private func offlineValues(
        _ rows: Table, at time: Timestamp, _ selection: FeatureSelection
    ) throws -> VerifyComparison.Offline {
        let times = Column(.instant, [Value](repeating: .timestamp(time), count: rows.rowCount))
        let entities = Table(
            fields: rows.fields + [Field(ViewLayout.eventColumn, .instant)], columns: rows.columns + [times],
            rowCount: rows.rowCount)
        let set = try trainingSet(
            for: selection,
            entities: try entityRows(
                for: selection, table: entities, timestamp: ViewLayout.eventColumn, origin: "entity rows"),
            fullNames: true, withTimes: true, isRecorded: false)
        return VerifyComparison.Offline(set.table)
    }

    // MARK: - Keys

    private func drawnRows(
        for service: ResolvedService, joinKeys: [JoinKey], in definitions: Definitions, _ options: VerifyOptions
    ) throws -> VerifiedRows {
        var keySets: [[JoinKey]] = []
        var views: [[FeatureView]] = []
        for view in service.views {
            let keys = definitions.joinKeys(of: view)
            if let known = keySets.firstIndex(of: keys) {
                views[known].append(view)
            } else {
                keySets.append(keys)
                views.append([view])
            }
        }
        let groups = try zip(keySets, views).map { keys, views in
            var sample = KeySample(limit: options.sample, seed: options.seed)
            for view in views { try offerKeys(of: view, in: definitions, to: &sample) }
            let encoder = KeyEncoder(keys.map(\.type))
            return VerifiedRows.Group(
                keys: keys, views: views.map(\.name),
                sample: sample.keys.compactMap { $0.withUnsafeBytes(encoder.decode) })
        }
        return VerifiedRows(groups, joinKeys: joinKeys)
    }

    /// Offers all keys of a view, those of its history and those that are online.
    private func offerKeys(of view: FeatureView, in definitions: Definitions, to sample: inout KeySample) throws {
        let layout = ViewLayout(of: view, in: definitions)
        let known = try KnownKeys.keys(of: try history(of: layout), layout: layout)
        withExtendedLifetime(known) {
            for row in 0..<known.count where !known.isNull(row) { sample.offer(known.bytes(at: row)) }
        }
        guard view.aggregation == nil, let store = try onlineStoreIfPresent() else { return }
        try store.forEachKey(of: view.name) { sample.offer($0) }
    }

    // MARK: - Whether the store stands still

    private struct Position: Hashable {
        var history: HistoryMark
        var online: [ViewState?]
    }

    private func position(of service: ResolvedService) throws -> Position {
        let store = try onlineStoreIfPresent()
        return Position(history: try catalog.mark(), online: try service.views.map { try store?.state(of: $0.name) })
    }

    private func viewStates(of service: ResolvedService) throws -> [String: VerifyComparison.ViewOnline] {
        let store = try onlineStoreIfPresent()
        var states: [String: VerifyComparison.ViewOnline] = [:]
        for view in service.views {
            states[view.name] = .init(
                isUpToDate: try onlineState(of: view.name).isUpToDate,
                earliest: try store?.state(of: view.name)?.earliest)
        }
        return states
    }
}

extension FeatureSelection {
    /// The service's name, or the features, as a user writes them.
    var name: String {
        switch self {
        case .service(let name): name
        case .features(let references): references.map(\.description).joined(separator: ",")
        }
    }
}

extension OnlineStore {
    /// Hands over the bytes of a view's keys, in their order, as of one commit.
    func forEachKey(of view: String, _ body: (UnsafeRawBufferPointer) -> Void) throws {
        try withSnapshot { snapshot in
            guard let tree = try snapshot.tree(Self.databaseName(of: view)) else { return }
            try snapshot.forEach(in: tree) { key, _ in
                body(key)
                return true
            }
        }
    }
}
