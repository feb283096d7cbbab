//! Statistics as clients see them.

use super::*;

/// Statistics.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = tasks::TaskStats)]
pub struct StatsBody {
    /// All tasks in sight.
    total: u64,
    /// How many in each state.
    by_status: ByStatus,
    /// How many of each priority.
    by_priority: ByPriority,
    /// Due before now and not completed.
    overdue: u64,
    /// Completed of all, 0 to 1.
    #[schema(minimum = 0, maximum = 1)]
    completion_rate: f64,
    /// Each day from `from` to `to`.
    days: Vec<DayBody>,
}

/// How many in each state.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = tasks::TaskCountsByStatus)]
pub struct ByStatus {
    pending: u64,
    in_progress: u64,
    completed: u64,
}

/// How many of each priority.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = tasks::TaskCountsByPriority)]
pub struct ByPriority {
    low: u64,
    medium: u64,
    high: u64,
}

/// One day.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = tasks::TaskDayStats)]
pub struct DayBody {
    /// Which.
    #[schema(format = Date, example = "2026-11-21")]
    date: String,
    /// Tasks made on it.
    created: u64,
    /// Tasks completed on it.
    completed: u64,
    /// Of those made on it, how many are completed by now, 0 to 1.
    #[schema(minimum = 0, maximum = 1)]
    completion_rate: f64,
    /// The median time from making to completing, of those completed on it, in seconds.
    median_completion_seconds: Option<u64>,
}

impl From<TaskStats> for StatsBody {
    fn from(stats: TaskStats) -> Self {
        let [pending, in_progress, completed] = stats.by_status;
        let [low, medium, high] = stats.by_priority;
        let day = |day: DayStats| DayBody {
            date: day.date.to_string(),
            created: day.created,
            completed: day.completed,
            completion_rate: day.completion_rate,
            median_completion_seconds: day.median_completion_seconds,
        };
        Self {
            total: stats.total,
            by_status: ByStatus { pending, in_progress, completed },
            by_priority: ByPriority { low, medium, high },
            overdue: stats.overdue,
            completion_rate: stats.completion_rate,
            days: stats.days.into_iter().map(day).collect(),
        }
    }
}
