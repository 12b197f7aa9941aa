/// Which row of the history each entity row takes, without comparing each of the one with each of the other.
///
/// A row, once usable, stays so until it is too old. So the row to take at a time is the greatest of those that became
/// usable by then, a running maximum. It has the latest event time of them all: if it is too old, so are the others.
/// Complexity: a sort of the asked keys' history and the entity rows together, however many share a key.
extension SQLView {
    /// The table expressions that lead to the rows chosen, in lines.
    func choice(for entities: SQLEntityRows) -> [[String]] {
        layout.isTimeless
            ? [newest, chosenOfTimeless(entities)] : [ranked(entities), known(entities), chosen(entities)]
    }

    private var name: String { layout.view.name }
    private var keys: [String] { layout.keys.indices.map { "__key\($0 + 1)" } }
    private func entityKeys(_ entities: SQLEntityRows) -> [String] { layout.keys.map { "e." + entities.key($0) } }

    /// `a.__key1 = b.__key1 AND …`.
    private func equalities(_ left: [String], _ right: [String]) -> String {
        zip(left, right).map { "\($0) = \($1)" }.joined(separator: " AND ")
    }

    // MARK: - Views with times

    private func ranked(_ entities: SQLEntityRows) -> [String] {
        let order = ["__event"] + (layout.hasCreated ? ["__created"] : []) + ["__segment", "__position"]
        let rule = (layout.hasCreated ? "(event time, created, " : "(event time, ") + "order of arrival)"
        return [
            "-- \(name): the rows of the keys that are asked for, ranked by \(rule);",
            "-- \(usableFrom.comment).",
            "\(name)__ranked AS \(dialect.materialized)(",
            "    SELECT",
        ]
            + SQLText.list(
                keys + ["__segment", "__position", "__event"] + (layout.hasEnd ? ["__end"] : []) + [
                    "\(usableFrom.value) AS __usable_from",
                    "row_number() OVER (PARTITION BY \(keys.joined(separator: ", ")) "
                        + "ORDER BY \(order.joined(separator: ", "))) AS __rank",
                ], indent: 8)
            + [
                "    FROM \(history) AS h",
                "    WHERE EXISTS (SELECT 1 FROM \(SQLEntityRows.name) AS e "
                    + "WHERE \(equalities(entityKeys(entities), keys.map { "h." + $0 })))",
                ")",
            ]
    }

    private var usableFrom: (value: String, comment: String) {
        switch layout.view.availability {
        case .event: ("__event", "available: event, so each can be used from when it happened")
        case .created:
            (
                "greatest(__event, __created)",
                "available: created, so each can be used when it has happened and is known"
            )
        case .delayed(let delay):
            ("__event + \(delay.microseconds)", "available: \(delay), so each can be used that long after it happened")
        }
    }

    private func known(_ entities: SQLEntityRows) -> [String] {
        let number = dialect.null(.int64)
        let partition = keys.joined(separator: ", ")
        return [
            "-- \(name): the greatest row that could be used by each entity row's time, the time itself included.",
            "-- Keys are equal as SQL has it: null is no key.",
            "\(name)__known AS (",
            "    SELECT \(partition), __row, __moment, "
                + "max(__rank) OVER (PARTITION BY \(partition) ORDER BY __moment) AS __rank",
            "    FROM (",
            "        SELECT \(partition), __usable_from AS __moment, __rank, \(number) AS __row FROM \(name)__ranked",
            "        UNION ALL",
            "        SELECT \(entityKeys(entities).joined(separator: ", ")), e.\(entities.time), \(number), "
                + "e.\(entities.row) FROM \(SQLEntityRows.name) AS e",
            "    ) AS timeline",
            ")",
        ]
    }

    private func chosen(_ entities: SQLEntityRows) -> [String] {
        let exceptions =
            (layout.view.ttl == nil ? [] : ["it is too old (ttl, both ends included)"])
            + (layout.hasEnd ? ["it had ended"] : [])
        let rule = exceptions.isEmpty ? "; there is no ttl" : ", unless \(exceptions.joined(separator: " or "))"
        var lines = [
            "-- \(name): where that row lies\(rule).",
            "\(chosenRows) AS (",
            "    SELECT k.__row, h.__segment, h.__position",
            "    FROM \(name)__known AS k",
            "    JOIN \(name)__ranked AS h ON \(equalities(keys.map { "h." + $0 }, keys.map { "k." + $0 })) "
                + "AND h.__rank = k.__rank",
            "    WHERE k.__row IS NOT NULL",
        ]
        if let ttl = layout.view.ttl {
            lines.append("        AND h.__event >= k.__moment - \(ttl.microseconds) -- \(ttl)")
        }
        if layout.hasEnd { lines.append("        AND (h.__end IS NULL OR h.__end > k.__moment)") }
        return lines + [")"]
    }

    // MARK: - Timeless views

    private var newest: [String] {
        let order = dialect.structure([("segment", "__segment"), ("position", "__position")])
        let keys = keys.joined(separator: ", ")
        return [
            "-- \(name): it is timeless, so the row of a key that arrived last holds at any time.",
            "\(name)__newest AS (",
            "    SELECT \(keys), max(\(order)) AS newest FROM \(history) GROUP BY \(keys)",
            ")",
        ]
    }

    private func chosenOfTimeless(_ entities: SQLEntityRows) -> [String] {
        [
            "-- \(name): where the row of each entity row's key lies; null is no key.",
            "\(chosenRows) AS (",
            "    SELECT e.\(entities.row) AS __row, h.newest.segment AS __segment, h.newest.position AS __position",
            "    FROM \(SQLEntityRows.name) AS e",
            "    JOIN \(name)__newest AS h ON \(equalities(keys.map { "h." + $0 }, entityKeys(entities)))",
            ")",
        ]
    }
}
