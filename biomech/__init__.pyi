from .example import example_files as example_files
from .pipeline.own import use_own as use_own
from .plots import plot as plot
from .recording import Recording as Recording
from .recording import read_c3d as read_c3d
from .results import StudyResults as StudyResults
from .results import cycles as cycles
from .results import metrics as metrics
from .results import open_study as open_study
from .subject import Subject as Subject
from .subject import calibrate as calibrate

__version__: str
