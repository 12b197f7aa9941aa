import Columnar

/// What a look at a view's online rows found.
struct OnlineSurvey: Hashable, Sendable {
    var rows = 0
    /// Rows that are none, are of no known schema, or do not hold what they say.
    var damagedRows = 0
    /// The last commit of history that the rows and their state tell of.
    var greatestSequence: Int64 = 0
}

extension OnlineStore {
    /// Rows that are looked at in one snapshot: while it lasts, pages that others free are not used again.
    private static let surveyedRows = 50_000

    /// Looks at a view's rows; nil if it is not online.
    ///
    /// - Parameter isQuick: look at its state alone.
    /// - Throws: `LMDBError` if the file is damaged.
    func survey(of view: String, isQuick: Bool) throws -> OnlineSurvey? {
        guard let state = try state(of: view) else { return nil }
        var survey = OnlineSurvey(greatestSequence: max(state.position, state.hotPosition))
        if isQuick {
            survey.rows = try rowCount(of: view)
            return survey
        }
        var next: [UInt8]? = []
        while let start = next {
            try Cancellation.check()
            let part = try withSnapshot { try self.survey(of: view, from: start, $0) }
            survey.rows += part.survey.rows
            survey.damagedRows += part.survey.damagedRows
            survey.greatestSequence = max(survey.greatestSequence, part.survey.greatestSequence)
            next = part.next
        }
        return survey
    }

    /// Looks at some rows from a key on; `next` is the first key behind them.
    private func survey(
        of view: String, from start: [UInt8], _ snapshot: LMDBSnapshot
    ) throws -> (survey: OnlineSurvey, next: [UInt8]?) {
        var (survey, next) = (OnlineSurvey(), [UInt8]?.none)
        guard let tree = try snapshot.tree(Self.databaseName(of: view)),
            let record = try OnlineRecords(snapshot, path: path)?.record(of: view)
        else { return (survey, nil) }
        let tiles = try OnlineRecords(snapshot, path: path)?.tiles(of: view)
        var schemas: [UInt16: RowSchema] = [:]
        for stored in record.schemas { schemas[stored.id] = record.schema(id: stored.id) }
        try snapshot.forEach(in: tree, from: start) { key, value in
            guard survey.rows < Self.surveyedRows else {
                next = Array(key)
                return false
            }
            survey.rows += 1
            if let tiles {
                if KeyState(value)?.layoutNumber != tiles.number { survey.damagedRows += 1 }
                return true
            }
            if let row = StoredRow(value), let schema = schemas[row.schemaID], row.fits(schema) {
                survey.greatestSequence = max(survey.greatestSequence, row.age.sequence)
            } else {
                survey.damagedRows += 1
            }
            return true
        }
        return (survey, next)
    }
}

extension StoredRow {
    /// Whether the values of a row of this schema lie within it.
    fileprivate func fits(_ schema: RowSchema) -> Bool {
        guard bytes.count >= schema.fixedLength else { return false }
        return schema.features.indices.allSatisfy { place in
            let slot = RowProjection.Slot(
                type: schema.features[place].type, offset: schema.offsets[place], bit: place)
            guard slot.type == .string || slot.type == .bytes, !isNull(slot) else { return true }
            return variableBytes(slot) != nil
        }
    }
}
