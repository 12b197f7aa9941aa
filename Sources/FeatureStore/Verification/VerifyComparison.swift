import Columnar

/// Compares values of both sides, keeps those that differ until it is known why, and counts.
struct VerifyComparison {
    /// A training set's values by column.
    struct Offline {
        private let columns: [String: Column]

        init(_ table: Table) {
            columns = Dictionary(
                zip(table.fields.map(\.name), table.columns), uniquingKeysWith: { first, _ in first })
        }

        func value(_ name: String, _ row: Int) -> Value { columns[name]?.value(at: row) ?? .null }

        /// Of the row that a view's features are of; nil for none, or a timeless one.
        func eventTime(of view: String, _ row: Int) -> Timestamp? {
            guard case .timestamp(let time)? = columns["\(view)__event_timestamp"]?.value(at: row) else { return nil }
            return time
        }
    }

    /// How far a view is online.
    struct ViewOnline {
        var isUpToDate: Bool
        var earliest: Timestamp?
    }

    /// A value that is not the same on both sides, or was not asked for yet.
    private struct Open {
        let row: Int
        let feature: Int
        var online = OnlineValue(value: .null, status: .notFound, eventTime: nil)
        var offline = Value.null
        var offlineTime: Timestamp?
    }

    let service: ResolvedService
    let options: FeatureStore.VerifyOptions
    let definitions: Definitions
    let rows: VerifiedRows
    private(set) var openRows: [Int] = []
    private var open: [Open] = []
    var report: VerifyReport

    init(
        service: ResolvedService, name: String, options: FeatureStore.VerifyOptions, definitions: Definitions,
        rows: VerifiedRows
    ) {
        self.service = service
        self.options = options
        self.definitions = definitions
        self.rows = rows
        report = VerifyReport(service: name, at: options.time ?? .distantPast, seed: options.seed)
        report.rows = rows.table.rowCount
        report.features = service.features.map {
            .init(feature: $0.reference.description)
        }
    }

    /// Puts the values of some rows on the list: of each view's features those of the keys that were drawn for it.
    mutating func begin(_ numbers: [Int]) {
        open = []
        for row in numbers {
            for (feature, resolved) in service.features.enumerated()
            where rows.rowsOfView[resolved.view.name]?.contains(row) ?? true {
                open.append(Open(row: row, feature: feature))
                report.features[feature].compared += 1
            }
        }
        noteRows()
    }

    private mutating func noteRows() {
        openRows = []
        for value in open where openRows.last != value.row { openRows.append(value.row) }
    }

    /// Takes what is the same off the list.
    ///
    /// - Parameter asked: the rows of both answers.
    mutating func settle(online: [[OnlineValue]], offline: Offline, of asked: [Int], at time: Timestamp) {
        report.at = time
        var place = 0
        var rest: [Open] = []
        for var value in open {
            while asked[place] != value.row { place += 1 }
            let resolved = service.features[value.feature]
            value.online = online[place][value.feature]
            value.offline = offline.value(resolved.outputName, place)
            if value.online.value.isIdentical(to: value.offline) {
                report.features[value.feature].equal += 1
            } else {
                value.offlineTime = offline.eventTime(of: resolved.view.name, place)
                rest.append(value)
            }
        }
        open = rest
        noteRows()
    }

    /// Counts what is left, of a store that stood still.
    ///
    /// - Parameter later: what the training set has by now for the rows that are left, if a time was given.
    mutating func judge(later: Offline?, states: [String: ViewOnline]) {
        var place = 0
        for value in open {
            while openRows[place] != value.row { place += 1 }
            let resolved = service.features[value.feature]
            if let later, isLater(value, later.value(resolved.outputName, place)) {
                report.features[value.feature].later += 1
                continue
            }
            switch (value.online.value == .null, value.offline == .null) {
            case (true, _): report.features[value.feature].missingOnline += 1
            case (_, true): report.features[value.feature].missingOffline += 1
            default: report.features[value.feature].different += 1
            }
            guard report.differences.count < options.examples else { continue }
            report.differences.append(difference(value, states[resolved.view.name]))
        }
        open = []
        openRows = []
    }

    /// Whether online holds what was not known yet at the time that was asked for.
    private func isLater(_ value: Open, _ byNow: Value) -> Bool {
        if let event = value.online.eventTime, let time = options.time, event > time { return true }
        return value.online.value.isIdentical(to: byNow)
    }

    private func difference(_ value: Open, _ state: ViewOnline?) -> VerifyReport.Difference {
        let table = rows.table
        return VerifyReport.Difference(
            feature: report.features[value.feature].feature,
            key: Dictionary(
                zip(table.fields.map(\.name), table.columns.map { $0.value(at: value.row).description }),
                uniquingKeysWith: { first, _ in first }),
            online: value.online.value == .null ? nil : value.online.value.description,
            offline: value.offline == .null ? nil : value.offline.description, status: value.online.status,
            onlineTime: value.online.eventTime, offlineTime: value.offlineTime, cause: cause(of: value, state))
    }

    private func cause(of value: Open, _ state: ViewOnline?) -> VerifyReport.Cause {
        let (online, offline) = (value.online.eventTime, value.offlineTime)
        let isBehind = state?.isUpToDate == false
        if value.online.status == .outsideMaxAge { return isBehind ? .notMaterialized : .tooOldOnline }
        if value.online.status == .notFound {
            if isBehind { return .notMaterialized }
            if let earliest = state?.earliest, let offline, offline < earliest { return .leftOut }
            return .notOnline
        }
        if let online, let offline {
            if online < offline { return isBehind ? .notMaterialized : .olderOnline }
            if online > offline { return .newerOnline }
            return isBehind ? .notMaterialized : .otherValue
        }
        if let online, let ttl = definitions.featureView(named: service.features[value.feature].view.name)?.ttl,
            online.microseconds.addingReportingOverflow(ttl.microseconds).partialValue < report.at.microseconds
        {
            return .tooOldOffline
        }
        if value.offline == .null { return .notInHistory }
        return isBehind ? .notMaterialized : .otherValue
    }

    /// Counts what is left as never settled: the store has changed each time.
    mutating func giveUp() {
        for value in open { report.features[value.feature].unsettled += 1 }
        open = []
        openRows = []
    }
}

extension Value {
    /// Whether the two are the same bits: a NaN is itself, and 0 is not -0.
    func isIdentical(to other: Value) -> Bool {
        switch (self, other) {
        case (.float32(let a), .float32(let b)): a.bitPattern == b.bitPattern
        case (.float64(let a), .float64(let b)): a.bitPattern == b.bitPattern
        case (.list(let a), .list(let b)): a.count == b.count && zip(a, b).allSatisfy { $0.isIdentical(to: $1) }
        default: self == other
        }
    }
}
